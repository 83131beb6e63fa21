import { pipeline } from 'node:stream/promises';
import {
	CancelledError,
	ConfigurationError,
	ConnectionError,
	IntegrityError,
	NotFoundError,
	StoreError,
} from '../errors';
import { cancelled } from '../repository/cancellation';
import { type BackupRef, readManifest } from '../repository/catalogue';
import { findDamagedRecords } from '../repository/check-records';
import type { Manifest } from '../repository/manifest';
import { nowhere } from '../repository/nowhere';
import { openPayload } from '../repository/read-backup';
import { sentencesOf } from '../repository/reason';
import type { Repository } from '../repository/repository';
import { recordVerification } from '../repository/verification';
import { type StoredCopy, verifyStored } from '../repository/verify-stored';
import { ArchiveInspector, type ArchiveSummary } from './archive/inspector';
import { keyOf } from './qualified-name';
import type { RestoreTestOptions, RestoreTestReport } from './restore-test/restore-test';

export type DumpLevel = 'stored' | 'readable' | 'restored';

export interface VerifyDumpInput {
	repository: Repository;
	backup: BackupRef;
	/**
	 * `stored`: the bytes in every store are those that were written; needs no key. `readable`: also, one
	 * of the copies opens with our key, is a complete archive and holds the rows that the database had.
	 * `restored`: also, that copy was restored for a test, and what came out compared with the manifest.
	 */
	level: DumpLevel;
	/** For level `restored`. */
	restoreTest?: RestoreTestOptions;
	/**
	 * Passes when one store has a whole copy; what is wrong with the others becomes a warning. For a
	 * restore, which must not wait until a store that was lost is there again.
	 */
	oneCopyIsEnough?: boolean;
}

export interface VerifyDumpResult {
	level: DumpLevel;
	/** Anything but `failed`. */
	passed: boolean;
	/** `passed with exclusions`: all rows were proved, but some objects could not be; see `restoreTest`. */
	outcome: 'passed' | 'passed with exclusions' | 'failed';
	backupId: string;
	/** Tables and rows that were read; absent at level `stored`, which looks at bytes alone. */
	tables?: number;
	rows?: number;
	/** That were read and proved: stored ones at level `stored`, else raw ones. */
	bytes: number;
	/** Labels of the stores whose copy was proved, and that keep the record of it. */
	verifiedIn: string[];
	durationMs: number;
	/** Plain language; empty when passed. */
	problems: string[];
	/** What is wrong elsewhere, where one copy was enough, and what else a person should know. */
	warnings: string[];
	/** At level `restored` alone. */
	restoreTest?: RestoreTestReport;
}

type Contents = Pick<VerifyDumpResult, 'tables' | 'rows' | 'bytes' | 'problems'>;

/**
 * Verifies a backup without a server, and when it passed records that in the stores whose copy was
 * proved. A backup that is damaged, or that a store has lost, is a result that did not pass. Rejects
 * when nothing could be found out (`StoreError`, `WrongKeyError`, `ConfigurationError`, …), with
 * `CancelledError`, and with `StoreError` when the record could not be written.
 */
export async function verifyDump(
	{ repository, backup, level, oneCopyIsEnough = false }: VerifyDumpInput,
	context: { signal?: AbortSignal } = {},
): Promise<VerifyDumpResult> {
	const { signal } = context;
	const startedAt = Date.now();
	if (level === 'restored') throw restoreTestMissing();
	const manifest = await readManifest(repository, backup, signal);
	const { copies, contents } = await (level === 'stored' ? checkStored : checkReadable)(
		repository,
		backup,
		signal,
	);
	const damagedRecords = await findDamagedRecords(repository, backup, signal);
	const durationMs = Date.now() - startedAt;
	const verifiedIn = copies.flatMap(({ store, state }) => (state === 'whole' ? [store] : []));
	// A store that was added later never had it; but somewhere it has to be.
	const neverHad = ({ store, state }: StoredCopy) =>
		state === 'missing' && verifiedIn.length > 0 && !manifest.storedIn.includes(store);
	const faults = copies
		.filter((copy) => copy.state !== 'whole' && !neverHad(copy))
		.map(({ store, message }) => `${store}: ${message}`);
	const tolerated = oneCopyIsEnough && verifiedIn.length > 0;
	const problems = [...contents.problems, ...(tolerated ? [] : faults)];
	const passed = problems.length === 0;
	if (passed) {
		const { problems: none, ...details } = contents;
		const proved = repository.stores.filter(({ label }) => verifiedIn.includes(label));
		await recordVerification(
			{ ...repository, stores: proved },
			backup,
			{ level, at: new Date(), durationMs, details },
			signal,
		);
	}
	return {
		...{ level, passed, outcome: passed ? 'passed' : 'failed', backupId: backup.id },
		...{ ...contents, verifiedIn, durationMs, problems },
		warnings: [...(tolerated ? faults : []), ...damagedRecords],
	};
}

function restoreTestMissing(): ConfigurationError {
	return new ConfigurationError('A restore test cannot be run yet.', {
		hint: 'Choose the level readable.',
	});
}

interface Findings {
	copies: StoredCopy[];
	contents: Contents;
}

async function checkStored(
	repository: Repository,
	backup: BackupRef,
	signal: AbortSignal | undefined,
): Promise<Findings> {
	const copies = await verifyStored(repository, backup, { signal });
	const bytes = copies.reduce((sum, copy) => sum + copy.bytes, 0);
	return { copies, contents: { bytes, problems: [] } };
}

/** Decodes the first copy that can be; of the others the bytes are compared, which is the same proof. */
async function checkReadable(
	repository: Repository,
	backup: BackupRef,
	signal: AbortSignal | undefined,
): Promise<Findings> {
	const copies: StoredCopy[] = [];
	const failures: unknown[] = [];
	let contents: Contents | undefined;
	for (const { label: store } of repository.stores) {
		if (contents) {
			copies.push(...(await verifyStored(repository, backup, { store, signal })));
			continue;
		}
		try {
			contents = await decodeCopy(repository, backup, store, signal);
			const message = 'It was read to its end.';
			copies.push({ store, state: 'whole', bytes: contents.bytes, message });
		} catch (error) {
			copies.push({
				store,
				state: stateAfter(error, signal),
				bytes: 0,
				message: sentencesOf(error),
			});
			failures.push(error);
		}
	}
	if (contents) return { copies, contents };
	if (!copies.some(({ state }) => state === 'damaged')) throw failures[0];
	return { copies, contents: { bytes: 0, problems: [] } };
}

/** What a failed reading says about the copy; throws what says nothing about it, as a wrong key does. */
function stateAfter(error: unknown, signal: AbortSignal | undefined): StoredCopy['state'] {
	if (signal?.aborted || error instanceof CancelledError) throw cancelled('The verification');
	if (error instanceof IntegrityError) return 'damaged';
	if (error instanceof NotFoundError) return 'missing';
	if (error instanceof StoreError || error instanceof ConnectionError) return 'unknown';
	throw error;
}

async function decodeCopy(
	repository: Repository,
	backup: BackupRef,
	store: string,
	signal: AbortSignal | undefined,
): Promise<Contents> {
	const { manifest, stream } = await openPayload(repository, backup, { store, signal });
	const inspector = new ArchiveInspector();
	await pipeline(stream, inspector, nowhere());
	const { tables } = inspector.summary;
	return {
		tables: tables.length,
		rows: tables.reduce((sum, { rows }) => sum + rows, 0),
		bytes: manifest.payload.raw.bytes,
		problems: countDifferences(manifest, inspector.summary),
	};
}

/** The archive must hold each row that the database had in the snapshot of the dump. */
function countDifferences({ fingerprint }: Manifest, archive: ArchiveSummary): string[] {
	if (!fingerprint) return [];
	const found = new Map(archive.tables.map((table) => [keyOf(table), table.rows]));
	const problems = fingerprint.tables.flatMap((table) => {
		const rows = found.get(keyOf(table));
		if (rows === table.rows) return [];
		const name = `${table.schema}.${table.name}`;
		return rows === undefined
			? [`The rows of ${name} are not in the dump; the database had ${table.rows}.`]
			: [`The dump holds ${rows} rows of ${name}, the database had ${table.rows}.`];
	});
	const expected = fingerprint.largeObjects?.count;
	if (expected !== undefined && expected !== archive.largeObjects) {
		problems.push(
			`The dump holds ${archive.largeObjects} large objects, the database had ${expected}.`,
		);
	}
	return problems;
}
