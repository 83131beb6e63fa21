import { z } from 'zod';
import { BACKUP_AGE, probeBackupAge } from '../../../core/health/probes/backup-age';
import { isBackupName, isComponent } from '../../../core/repository/naming';
import { VERIFICATION_LEVELS } from '../../../core/repository/verification';
import { BACKUP_REPOSITORY } from '../../shared/credentials';
import { openNodeRepository } from '../../shared/repository';
import type { NodeCheckKind } from './kind';
import { parseRow } from './row';

const MINUTE_MS = 60_000;
const ANY = 'any';

const schema = z.object({
	component: z.string().trim().refine(isComponent),
	backupName: z
		.string()
		.trim()
		.refine((name) => name === '' || isBackupName(name))
		.default(''),
	rpoMinutes: z.coerce.number().positive().default(60),
	minimumLevel: z.enum([ANY, ...VERIFICATION_LEVELS]).default('readable'),
});

export const backupAge: NodeCheckKind = {
	option: {
		name: 'Backup Age',
		value: 'backupAge',
		description: 'Whether the newest backup is young enough, and proved far enough',
	},
	credential: { type: BACKUP_REPOSITORY, displayName: 'Backup Repository' },
	defaults: BACKUP_AGE.defaults,
	fields: [
		{
			displayName: 'Component',
			name: 'component',
			type: 'string',
			default: 'postgres',
			placeholder: 'e.g. postgres',
			description: 'The kind of backup: postgres, redis, file and so on',
		},
		{
			displayName: 'Backup Name',
			name: 'backupName',
			type: 'string',
			default: '',
			placeholder: 'e.g. mrdj',
			description:
				'The name under which the backups are kept. Leave empty to look at every name of the component; the one that is worst off counts.',
		},
		{
			displayName: 'RPO (Minutes)',
			name: 'rpoMinutes',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 60,
			description: 'How old the newest backup may be, counted from the instant that it represents',
		},
		{
			displayName: 'Verified At Least',
			name: 'minimumLevel',
			type: 'options',
			noDataExpression: true,
			default: 'readable',
			description: 'Backups that were proved less far do not count',
			options: [
				{ name: 'Any', value: ANY, description: 'Whether or not anybody has verified it' },
				{
					name: 'Readable',
					value: 'readable',
					description: 'It was decrypted and read to its end',
				},
				{
					name: 'Restored',
					value: 'restored',
					description: 'It was restored for a test and compared',
				},
				{ name: 'Smoke Test', value: 'smoke', description: 'The application worked with it' },
				{ name: 'Stored', value: 'stored', description: 'Its bytes have their checksum' },
			],
		},
	],
	read: async (row, context, itemIndex) => {
		const { component, backupName, rpoMinutes, minimumLevel } = parseRow(schema, row);
		const repository = await openNodeRepository(context, itemIndex);
		const target = {
			...{ repository, component, rpoMs: rpoMinutes * MINUTE_MS },
			...(backupName !== '' && { name: backupName }),
			...(minimumLevel !== ANY && { minimumLevel }),
		};
		const path = backupName === '' ? component : `${component}/${backupName}`;
		return {
			kind: BACKUP_AGE,
			target: `backups of ${path}`,
			defaultName: `Backup of ${path}`,
			probe: (signal) => probeBackupAge(target, signal),
		};
	},
};
