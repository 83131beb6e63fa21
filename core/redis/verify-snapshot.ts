import { RestoreError } from '../errors';
import { type BackupRef, readManifest } from '../repository/catalogue';
import { findDamagedRecords } from '../repository/check-records';
import { type OpenPayload, openPayload } from '../repository/read-backup';
import type { Repository } from '../repository/repository';
import { recordVerification } from '../repository/verification';
import { assessCopies, type CheckedCopies, checkCopies } from '../repository/verify-copies';
import { verifyStored } from '../repository/verify-stored';
import type { RedisServer } from './server';
import { loadOnServer } from './verify/load-on-server';
import { type LoadTest, loadTest } from './verify/load-test';
import { readPayload, type SnapshotContents } from './verify/read-payload';

export interface VerifySnapshotInput {
	repository: Repository;
	backup: BackupRef;
	/**
	 * `stored`: the bytes in every store are those that were written; needs no key. `readable`: also, one
	 * of the copies opens with our key, its checksum is right, and its structure holds the keys that were
	 * counted. `restored`: also, a server that is started for it loads it and then has these keys.
	 */
	level: 'stored' | 'readable' | 'restored';
	/**
	 * Passes when one store has a whole copy; what is wrong with the others becomes a warning. For a
	 * restore, which must not wait until a store that was lost is there again.
	 */
	oneCopyIsEnough?: boolean;
	/** For `restored`: an empty server to load it into, instead of one that is started for it. */
	scratchServer?: RedisServer;
	/** For `restored`: the only folder where a redis-server is looked for, if given. */
	binariesDirectory?: string;
	/** For `restored`: where the data are kept meanwhile; by default that of the system. */
	scratchDirectory?: string;
}

export interface VerifySnapshotResult {
	level: 'stored' | 'readable' | 'restored';
	passed: boolean;
	backupId: string;
	/** Keys that were read; absent at level `stored`, and where they cannot be counted. */
	keys?: number;
	/** Databases that hold a key. */
	databases?: number;
	/** `unverified`: the server had written no checksum into the snapshot. */
	checksum?: 'verified' | 'unverified';
	/** The server of the restore test, e.g. `redis-server 7.0.15`. */
	loadedBy?: string;
	/** That were read and proved: stored ones at level `stored`, else raw ones. */
	bytes: number;
	/** Labels of the stores whose copy was proved, and that keep the record of it. */
	verifiedIn: string[];
	durationMs: number;
	/** Plain language; empty when passed. */
	problems: string[];
	/** What a person has to know all the same. */
	warnings: string[];
}

type Contents = Partial<SnapshotContents> & {
	problems: string[];
	bytes: number;
	loadedBy?: string;
	warnings?: string[];
};

/**
 * Verifies a snapshot, and when it passed records that in the stores whose copy was proved. A backup
 * that is damaged, lost by a store or refused by a server is a result that did not pass. Rejects when
 * nothing could be found out (`StoreError`, `WrongKeyError`, `ConfigurationError`, …), with
 * `CancelledError`, and with `StoreError` when the record could not be written.
 */
export async function verifySnapshot(
	input: VerifySnapshotInput,
	{ signal }: { signal?: AbortSignal } = {},
): Promise<VerifySnapshotResult> {
	const { repository, backup, level, oneCopyIsEnough = false } = input;
	const startedAt = Date.now();
	const manifest = await readManifest(repository, backup, signal);
	const { copies, contents } = await check(input, signal);
	const damagedRecords = await findDamagedRecords(repository, backup, signal);
	const durationMs = Date.now() - startedAt;
	const { verifiedIn, faults } = assessCopies(manifest, copies);
	const tolerated = oneCopyIsEnough && verifiedIn.length > 0;
	const problems = [...(contents?.problems ?? []), ...(tolerated ? [] : faults)];
	const passed = problems.length === 0;
	const stored = copies.reduce((sum, copy) => sum + copy.bytes, 0);
	const bytes = level === 'stored' ? stored : (contents?.bytes ?? 0);
	const details = { ...detailsOf(contents), bytes };
	if (passed) {
		const proved = repository.stores.filter(({ label }) => verifiedIn.includes(label));
		await recordVerification(
			{ ...repository, stores: proved },
			backup,
			{ level, at: new Date(), durationMs, details },
			signal,
		);
	}
	return {
		...{ level, passed, backupId: backup.id, ...details, verifiedIn, durationMs, problems },
		warnings: [...(contents?.warnings ?? []), ...damagedRecords, ...(tolerated ? faults : [])],
	};
}

async function check(
	{ repository, backup, level, ...test }: VerifySnapshotInput,
	signal: AbortSignal | undefined,
): Promise<CheckedCopies<Contents>> {
	if (level === 'stored') return { copies: await verifyStored(repository, backup, { signal }) };
	const { binariesDirectory, scratchDirectory, scratchServer } = test;
	const options = {
		...(binariesDirectory !== undefined && { binariesDirectory }),
		...(scratchDirectory !== undefined && { scratchDirectory }),
		...(signal && { signal }),
	};
	const load = async (payload: OpenPayload) =>
		scratchServer
			? await loadOnServer(payload, { server: scratchServer, ...options })
			: await loadTest(payload, options);
	const prove = async (store: string): Promise<Contents> => {
		const payload = await openPayload(repository, backup, { store, signal });
		try {
			const proved =
				level === 'readable' ? await readPayload(payload) : await tryToLoad(payload, load);
			return { ...proved, bytes: payload.manifest.payload.raw.bytes };
		} finally {
			payload.stream.destroy();
		}
	};
	return await checkCopies(repository, backup, prove, signal);
}

/** A server's refusal says something about the backup; all else that fails does not. */
async function tryToLoad(
	payload: OpenPayload,
	load: (payload: OpenPayload) => Promise<LoadTest>,
): Promise<LoadTest | { problems: string[] }> {
	try {
		return await load(payload);
	} catch (error) {
		if (!(error instanceof RestoreError)) throw error;
		return { problems: [`${error.message} ${error.hint}`] };
	}
}

function detailsOf(contents: Contents | undefined) {
	const { counted, facts, loadedBy } = contents ?? {};
	const checksum = facts?.crc === 'verified' ? ('verified' as const) : ('unverified' as const);
	return {
		...(counted && { keys: counted.census.keys, databases: counted.census.databases.length }),
		...(facts && { checksum }),
		...(loadedBy !== undefined && { loadedBy }),
	};
}
