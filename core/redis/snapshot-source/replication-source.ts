import { pipeline } from 'node:stream/promises';
import { freeMemory } from '../../free-memory';
import type { RedisFingerprint } from '../../repository/fingerprint';
import { tool } from '../../repository/tool';
import type { SourceFacts } from '../../repository/write-backup';
import type { CreateSnapshotContext, CreateSnapshotInput } from '../create-snapshot';
import type { ServerProbe } from '../probe';
import { type RdbContents, RdbInspector, type RdbSummary } from '../rdb/inspector';
import { receiveRdb, type ReceivedRdb } from '../replication/receive-rdb';
import { damagedOnTheWay } from '../snapshot-error';
import { toProperties } from '../snapshot-facts';
import { Spool } from '../spool';
import { consistencyPointOf } from './consistency-point';
import type { SnapshotSource } from './snapshot-source';
import { warningsAbout } from './warnings';

const START_TIMEOUT_MS = 10 * 60_000;
const IDLE_TIMEOUT_MS = 90_000;
/** RDB files are smaller than the data in memory; how much, depends on the data. */
const LEAST_OF_MEMORY = 0.3;

/**
 * Receives the RDB file of the server into a spool, from where it is read, checked and walked. Rejects
 * as `receiveRdb` does; then no spool is left.
 */
export async function openReplicationSource(
	{ server, spoolDirectory, method }: CreateSnapshotInput,
	context: CreateSnapshotContext,
	probe: ServerProbe,
): Promise<SnapshotSource> {
	const { signal, onProgress } = context;
	const spool = await Spool.open(spoolDirectory);
	try {
		if (probe.dataBytes !== undefined) await spool.assertRoomFor(probe.dataBytes * LEAST_OF_MEMORY);
		const received = await receiveRdb(server, spool, {
			...(signal && { signal }),
			startTimeoutMs: context.startTimeoutMs ?? START_TIMEOUT_MS,
			idleTimeoutMs: context.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
			onBytes: (rawBytes) =>
				onProgress?.({ phase: rawBytes === 0 ? 'waiting' : 'receiving', rawBytes }),
		});
		const consistencyPoint = await consistencyPointOf(spool, received, probe);
		const inspector = new RdbInspector(damagedOnTheWay);
		const reader = spool.reader(spool.bytes, (rawBytes) =>
			onProgress?.({ phase: 'storing', rawBytes }),
		);
		// A failure destroys the inspector with its reason: whoever reads that gets it.
		pipeline(reader, inspector).catch(() => undefined);
		return {
			consistencyPoint,
			extension: 'rdb',
			estimatedBytes: spool.bytes,
			payload: {
				stream: inspector,
				release: freeMemory,
				complete: async () => factsOf(inspector.summary, received, probe, method),
			},
			restorable: () => ({
				format: 'rdb',
				serverVersion: versionOf(inspector.summary, probe),
				moduleTypes: inspector.summary.contents?.moduleTypes ?? [],
			}),
			close: () => spool.close(),
		};
	} catch (error) {
		await spool.close();
		throw error;
	}
}

function versionOf({ aux }: RdbSummary, { version }: ServerProbe): string {
	return version ?? aux['valkey-ver'] ?? aux['redis-ver'] ?? 'unknown';
}

function factsOf(
	rdb: RdbSummary,
	{ transfer }: ReceivedRdb,
	probe: ServerProbe,
	method: string,
): SourceFacts {
	const fingerprint = rdb.contents && fingerprintOf(rdb.contents);
	return {
		engine: { name: `replication (${transfer})`, version: tool.version },
		source: {
			serverVersion: versionOf(rdb, probe),
			properties: toProperties({
				...{ format: 'rdb', consistency: 'point-in-time', flavor: rdb.flavor },
				...{ rdbVersion: rdb.version, crc: rdb.crc },
				contents: rdb.contents ? 'counted' : 'unknown',
				moduleTypes: [...(rdb.contents?.moduleTypes ?? [])],
				dataBytes: probe.dataBytes,
			}),
		},
		options: { method },
		...(fingerprint && { fingerprint }),
		warnings: [...warningsAbout(probe), ...warningsAboutFile(rdb)],
	};
}

function fingerprintOf({ census, functionLibraries }: RdbContents): RedisFingerprint {
	return {
		...{ component: 'redis', consistency: 'point-in-time' },
		...{ databases: census.databases, functionLibraries },
	};
}

function warningsAboutFile({ crc, contents, version }: RdbSummary): string[] {
	return [
		...(crc === 'verified'
			? []
			: [
					'The checksum of this snapshot is unverified: the server writes none (rdbchecksum no). Damage on the way here would not have been seen.',
				]),
		...(contents
			? []
			: [
					`The keys were not counted: RDB version ${version} is newer than what can be read here. The checksum is right.`,
				]),
	];
}
