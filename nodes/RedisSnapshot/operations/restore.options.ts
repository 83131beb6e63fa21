import type { INodeProperties } from 'n8n-workflow';
import { ConfigurationError } from '../../../core/errors';
import type { KeySelection } from '../../../core/redis/restore/key-selection';
import type { Reachability } from '../../../core/redis/restore/replicate';
import { RESTORE_DEFAULTS } from '../../../core/redis/restore/restore-snapshot';
import { onlyServerOption } from '../../shared/only-server';
import { scratchFolderOption } from '../../shared/scratch-folder';

/** What a person chose among `restoreOptions`; all of it may be missing. */
export interface RestoreOptions {
	advertisedHost?: string;
	advertisedPort?: number;
	bindAddress?: string;
	databases?: string;
	existing?: 'replace' | 'fail';
	flush?: boolean;
	keyPattern?: string;
	onlyServer?: string;
	port?: number;
	scratchFolder?: string;
}

const byReplication = { show: { '/method': ['auto', 'replication'] } };
const byCommands = { show: { '/method': ['commands'] } };

/** The collection "Options" of Restore Snapshot. */
export const restoreOptions: INodeProperties[] = [
	{
		displayName: 'Address of N8n',
		name: 'advertisedHost',
		type: 'string',
		default: '',
		placeholder: 'e.g. n8n-worker',
		description:
			'Host name or address under which the server reaches this machine. Leave empty for the address from which this machine reaches the server.',
		displayOptions: byReplication,
	},
	{
		displayName: 'Databases',
		name: 'databases',
		type: 'string',
		default: '',
		placeholder: 'e.g. 0, 3',
		description: 'Numbers of the databases that are restored. Leave empty for all.',
		displayOptions: byCommands,
	},
	{
		displayName: 'Existing Keys',
		name: 'existing',
		type: 'options',
		default: RESTORE_DEFAULTS.existing,
		description: 'What happens where the server has a key of the same name',
		displayOptions: byCommands,
		options: [
			{ name: 'Replace Them', value: 'replace' },
			{
				name: 'Restore Nothing',
				value: 'fail',
				description: 'Names them before anything is touched',
			},
		],
	},
	{
		displayName: 'Key Pattern',
		name: 'keyPattern',
		type: 'string',
		default: '',
		placeholder: 'e.g. session:*',
		description: 'As in the command KEYS. Leave empty for all keys.',
		displayOptions: byCommands,
	},
	{
		displayName: 'Listen On',
		name: 'bindAddress',
		type: 'string',
		default: '',
		placeholder: 'e.g. 0.0.0.0',
		description:
			'Address of this machine on which it waits for the server. Only the server is let in, with a secret of this run.',
		displayOptions: byReplication,
	},
	onlyServerOption,
	{
		displayName: 'Port of N8n',
		name: 'port',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 65535 },
		default: 0,
		description: 'On which this machine waits for the server; 0 stands for any that is free',
		displayOptions: byReplication,
	},
	{
		displayName: 'Port Seen by the Server',
		name: 'advertisedPort',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 65535 },
		default: 0,
		description: 'Where a port mapping stands between; 0 stands for the same',
		displayOptions: byReplication,
	},
	{
		displayName: 'Remove Everything First',
		name: 'flush',
		type: 'boolean',
		default: false,
		description:
			'Whether all keys in the databases that are restored are removed before. Otherwise keys that the backup does not have stay.',
		displayOptions: byCommands,
	},
	scratchFolderOption('the backup'),
];

/** Where the server finds this machine, as far as somebody has said so. */
export function reachabilityOf(options: RestoreOptions): Partial<Reachability> {
	const { advertisedHost = '', bindAddress = '', advertisedPort, port } = options;
	return {
		...(advertisedHost.trim() !== '' && { advertisedHost: advertisedHost.trim() }),
		...(bindAddress.trim() !== '' && { bindAddress: bindAddress.trim() }),
		...(advertisedPort && { advertisedPort }),
		...(port && { port }),
	};
}

/** Throws `ConfigurationError` for what is no list of databases. */
export function selectionOf({ keyPattern = '', databases = '' }: RestoreOptions): KeySelection {
	return {
		...(keyPattern !== '' && { pattern: keyPattern }),
		...(databases.trim() !== '' && { databases: numbersIn(databases) }),
	};
}

function numbersIn(text: string): number[] {
	const words = text.split(/[\s,]+/).filter((word) => word !== '');
	if (words.every((word) => /^\d{1,6}$/.test(word))) return words.map(Number);
	throw new ConfigurationError(`"${text.trim()}" is no list of databases.`, {
		hint: 'Give their numbers with commas between them, for example 0, 3.',
	});
}
