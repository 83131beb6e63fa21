import { connect } from './connection';
import { type Permission, probeServer, type ServerProbe } from './probe';
import type { RedisServer } from './server';
import { warningsAbout } from './snapshot-source/warnings';

/** What a login can be used for, in words for the person who has just entered it. */
export interface ServerDescription {
	canBackUp: boolean;
	sentence: string;
}

/**
 * Connects and asks what the server permits. Rejects as `probeServer` does, also where the server has
 * not the database of the login.
 */
export async function describeServer(
	server: RedisServer,
	signal?: AbortSignal,
): Promise<ServerDescription> {
	const description = describeProbe(await probeServer(server, signal));
	if (server.database === 0) return description;
	(await connect(server, signal)).disconnect();
	const { sentence } = description;
	return { ...description, sentence: `${sentence} Database ${server.database} is there.` };
}

/** The same for what was asked already. */
export function describeProbe(probe: ServerProbe): ServerDescription {
	const { replication, commands } = probe;
	const product = probe.flavor === 'valkey' ? 'Valkey' : 'Redis';
	const canBackUp = replication !== 'refused' || commands !== 'refused';
	const sentences = [
		`Connected to ${product}${probe.version === undefined ? '' : ` ${probe.version}`}.`,
		SNAPSHOTS[replication][commands],
		...warningsAbout(probe),
	];
	return { canBackUp, sentence: sentences.join(' ') };
}

const REPLICATION = 'Snapshots are taken by replication: all keys of one instant.';
const MAYBE =
	'Whether the user may replicate (SYNC or PSYNC, REPLCONF) could not be asked; Create Snapshot tries it first.';
const KEY_BY_KEY =
	'Replication is not permitted, so snapshots are read key by key while the server goes on: they are fuzzy, not of one instant.';

/** By replication, then by reading key by key. */
const SNAPSHOTS: Readonly<Record<Permission, Readonly<Record<Permission, string>>>> = {
	allowed: { allowed: REPLICATION, unknown: REPLICATION, refused: REPLICATION },
	unknown: {
		allowed: `${MAYBE} Otherwise it reads key by key.`,
		unknown: `${MAYBE} Otherwise it reads key by key.`,
		refused: `${MAYBE} Reading key by key is not permitted.`,
	},
	refused: {
		allowed: KEY_BY_KEY,
		unknown: `${KEY_BY_KEY} Whether the user may read every key could not be asked.`,
		refused:
			'Neither replication (SYNC or PSYNC, REPLCONF) nor reading key by key (SCAN, DUMP, PTTL, SELECT) is permitted, so nothing can be backed up. Give the user one of them, or name renamed commands in the credential.',
	},
};
