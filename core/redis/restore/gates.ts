import { ConfigurationError, ConflictError, IntegrityError } from '../../errors';
import { missingModules } from './modules';
import { isAtLeast, loadsRdbVersion, type ServerSoftware } from './rdb-compatibility';
import type { TargetFacts } from './target-facts';

/** What a restore has to know of a snapshot, from a walk through all of it. */
export interface ProvedFacts {
	/** `rdb`: a file as the server writes it. `records`: single keys, taken one after the other. */
	format: 'rdb' | 'records';
	rdbVersion: number;
	/** `disabled`: the server that wrote it was told to write no checksum. */
	checksum: 'verified' | 'disabled';
	/** Memory that the source used, in bytes, where the file says so. */
	usedMemory?: number;
	/** Names of the types that modules brought, as far as the file has keys or data of them. */
	moduleTypes: readonly string[];
	/** Longest value, serialized, in bytes. */
	longestValue: number;
	/** The highest number of a database with keys; -1 without any. */
	highestDatabase: number;
}

/** What RESTORE takes is longer than the value by this. */
const PAYLOAD_EXTRA_BYTES = 11;

/** Why something cannot be done, and what can be done about it. */
export interface Obstacle {
	reason: string;
	wayOut: string;
}

/** Throws where no snapshot at all can be restored into this server. */
export function requireUsableTarget(target: TargetFacts): void {
	if (target.clusterEnabled) {
		throw new ConfigurationError(
			'The server is a node of a Redis Cluster, which cannot be restored.',
			{ hint: 'Restore into a server of its own, and move the data to the cluster from there.' },
		);
	}
	if (target.role !== 'master') throw isReplica(target);
	if (target.loading) {
		throw new ConflictError('The server is still loading its data.', {
			hint: 'Try again when it has started.',
		});
	}
}

/** Throws where no method can restore this snapshot into this server; nothing has been touched then. */
export function requireRestorable(
	target: TargetFacts,
	snapshot: ProvedFacts,
	loadedInTest: boolean,
): void {
	if (!loadsRdbVersion(target.software, snapshot.rdbVersion)) {
		throw new ConfigurationError(
			`The snapshot has RDB version ${snapshot.rdbVersion}, which ${nameOf(target.software)} does not load.`,
			{
				hint: 'Restore into a server of the same release as the one that was backed up, or a newer one.',
			},
		);
	}
	if (snapshot.checksum === 'disabled' && !loadedInTest) {
		throw new IntegrityError(
			'The snapshot has no checksum, because its server was set up to write none (rdbchecksum no).',
			{
				hint: 'A damaged file would end the server. Verify the backup with a restore test first, or choose another one.',
			},
		);
	}
	const { databases } = target;
	if (databases !== undefined && snapshot.highestDatabase >= databases) {
		// A server that meets a number that it has not got ends itself.
		throw new ConfigurationError(
			`The snapshot has keys in database ${snapshot.highestDatabase}, and the server has only the databases 0 to ${databases - 1}.`,
			{
				hint: 'Raise the number of databases in the configuration of the server, and start it anew.',
			},
		);
	}
	requireMemory(target, snapshot);
}

/** What keeps the server from being restored as a replica of ours, or nothing. */
export function replicationObstacle(
	target: TargetFacts,
	snapshot: ProvedFacts,
): Obstacle | undefined {
	if (snapshot.format === 'records') {
		return {
			reason: 'the backup was read key by key and is not a file that a server loads',
			wayOut: 'Choose the method Commands.',
		};
	}
	if (target.sentinel === 'seen') {
		return {
			reason: 'a Sentinel watches the server and would take the restore for a failover',
			wayOut: 'Stop the Sentinels, or choose the method Commands.',
		};
	}
	if (target.tlsReplication) {
		return {
			reason: 'the server is set up to replicate over TLS only (tls-replication yes)',
			wayOut:
				'Set tls-replication to no for the time of the restore, or choose the method Commands.',
		};
	}
	if (!isAtLeast(target.software.redisVersion, 5, 0)) {
		return {
			reason: `${nameOf(target.software)} is too old for it`,
			wayOut: 'Choose the method Commands.',
		};
	}
	const missing = missingModules(snapshot.moduleTypes, target.modules);
	if (missing.length > 0) {
		return {
			reason: `the snapshot has data of modules that the server may not have (${missing.join(', ')}), and a server that meets such data ends itself`,
			wayOut: 'Load the modules on the server first.',
		};
	}
	return undefined;
}

/** What keeps a whole snapshot from being restored by commands, or nothing. */
export function commandsObstacle(target: TargetFacts, snapshot: ProvedFacts): Obstacle | undefined {
	if (snapshot.longestValue <= target.longestString - PAYLOAD_EXTRA_BYTES) return undefined;
	return {
		reason: `a value takes ${megabytes(snapshot.longestValue)}, and the server takes ${megabytes(target.longestString)} in one command (proto-max-bulk-len)`,
		wayOut: 'Raise proto-max-bulk-len on the server, or choose the method Replication.',
	};
}

/** What the restore should tell about the server, though it goes on. */
export function warningsAbout(target: TargetFacts): string[] {
	const warnings: string[] = [];
	if (target.sentinel === 'unknown') {
		warnings.push(
			'Whether a Sentinel watches the server could not be seen: the account may not use CLIENT LIST.',
		);
	}
	if (target.replicas > 0) {
		const one = target.replicas === 1;
		warnings.push(
			`${target.replicas} ${one ? 'replica follows' : 'replicas follow'} the server, and ${one ? 'loads' : 'load'} everything again after the restore.`,
		);
	}
	return warnings;
}

function isReplica({ master }: TargetFacts): ConfigurationError {
	return new ConfigurationError(
		`The server is a replica of ${master?.host ?? 'another server'}:${master?.port ?? ''}, so what is restored there would be replaced at once.`,
		{ hint: 'Restore into its master.' },
	);
}

/** A server without the room would throw keys away again, or refuse to take more. */
function requireMemory({ memory }: TargetFacts, { usedMemory }: ProvedFacts): void {
	if (usedMemory === undefined || memory.limit === 0 || usedMemory <= memory.limit) return;
	throw new ConfigurationError(
		`The server may use ${megabytes(memory.limit)} (maxmemory), and the data took ${megabytes(usedMemory)} when they were backed up.`,
		{ hint: 'Raise maxmemory, or restore into a server with more memory.' },
	);
}

function nameOf({ redisVersion, valkeyVersion }: ServerSoftware): string {
	if (valkeyVersion !== undefined) return `Valkey ${valkeyVersion}`;
	return redisVersion === '' ? 'a server of unknown version' : `Redis ${redisVersion}`;
}

function megabytes(bytes: number): string {
	return `${Math.ceil(bytes / 1e6).toLocaleString('en-US')} MB`;
}
