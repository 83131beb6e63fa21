import {
	CancelledError,
	ConnectionError,
	IntegrityError,
	NotFoundError,
	StoreError,
} from '../errors';
import { cancelled } from '../repository/cancellation';
import { type BackupRef, readManifest } from '../repository/catalogue';
import { findDamagedRecords } from '../repository/check-records';
import { sentencesOf } from '../repository/reason';
import type { Repository } from '../repository/repository';
import { recordVerification } from '../repository/verification';
import { type StoredCopy, verifyStored } from '../repository/verify-stored';
import { decodeCopy } from './decode-copy';
import { restoreCopy } from './restore-copy';
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

type Contents = Pick<VerifyDumpResult, 'tables' | 'rows' | 'bytes' | 'problems' | 'restoreTest'> & {
	warnings?: string[];
};

/**
 * Verifies a backup, and when it passed records that in the stores whose copy was proved. A backup that is damaged, or that a store has lost, is a result that did not pass. Rejects
 * when nothing could be found out (`StoreError`, `WrongKeyError`, `ConfigurationError`, …), with
 * `CancelledError`, and with `StoreError` when the record could not be written.
 */
export async function verifyDump(
	input: VerifyDumpInput,
	context: { signal?: AbortSignal } = {},
): Promise<VerifyDumpResult> {
	const { signal } = context;
	const { repository, backup, level } = input;
	const startedAt = Date.now();
	const manifest = await readManifest(repository, backup, signal);
	const { copies, contents } =
		level === 'stored'
			? await checkStored(repository, backup, signal)
			: await checkContents(repository, backup, proofFor(input, signal), signal);
	const damagedRecords = await findDamagedRecords(repository, backup, signal);
	const durationMs = Date.now() - startedAt;
	const verifiedIn = copies.flatMap(({ store, state }) => (state === 'whole' ? [store] : []));
	// A store that was added later never had it; but somewhere it has to be.
	const neverHad = ({ store, state }: StoredCopy) =>
		state === 'missing' && verifiedIn.length > 0 && !manifest.storedIn.includes(store);
	const faults = copies
		.filter((copy) => copy.state !== 'whole' && !neverHad(copy))
		.map(({ store, message }) => `${store}: ${message}`);
	const tolerated = input.oneCopyIsEnough === true && verifiedIn.length > 0;
	const { problems: found, warnings = [], ...facts } = contents;
	const problems = [...found, ...(tolerated ? [] : faults)];
	const passed = problems.length === 0;
	if (passed) {
		const proved = repository.stores.filter(({ label }) => verifiedIn.includes(label));
		await recordVerification(
			{ ...repository, stores: proved },
			backup,
			{ level, at: new Date(), durationMs, details: detailsOf(facts) },
			signal,
		);
	}
	return {
		...{ level, passed, outcome: outcomeOf(passed, contents), backupId: backup.id },
		...{ ...facts, verifiedIn, durationMs, problems },
		warnings: [...(tolerated ? faults : []), ...damagedRecords, ...warnings],
	};
}

function outcomeOf(passed: boolean, { restoreTest }: Contents): VerifyDumpResult['outcome'] {
	if (!passed) return 'failed';
	return restoreTest && restoreTest.exclusions.length > 0 ? 'passed with exclusions' : 'passed';
}

/** The facts of a proof as its record keeps them. */
function detailsOf({ restoreTest, ...counts }: Omit<Contents, 'problems' | 'warnings'>) {
	if (!restoreTest) return counts;
	const exclusions = restoreTest.exclusions.map((exclusion) => ({ ...exclusion }));
	return { ...counts, restoreTest: { ...restoreTest, exclusions } };
}

/** What proves the content of the copy in one store. */
type Proof = (store: string) => Promise<Contents>;

function proofFor(input: VerifyDumpInput, signal: AbortSignal | undefined): Proof {
	const { repository, backup, level, restoreTest = {} } = input;
	return level === 'restored'
		? (store) => restoreCopy(repository, backup, { store, restoreTest, ...(signal && { signal }) })
		: (store) => decodeCopy(repository, backup, store, signal);
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

/** Proves the first copy that can be; of the others the bytes are compared, which is the same proof. */
async function checkContents(
	repository: Repository,
	backup: BackupRef,
	prove: Proof,
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
			contents = await prove(store);
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
