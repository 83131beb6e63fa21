import { type BackupRef, readManifest } from '../repository/catalogue';
import { findDamagedRecords } from '../repository/check-records';
import type { Repository } from '../repository/repository';
import { recordVerification } from '../repository/verification';
import { assessCopies, type CheckedCopies, checkCopies } from '../repository/verify-copies';
import { verifyStored } from '../repository/verify-stored';
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

/** What was found in a backup whose copies are all damaged. */
const NOTHING: Contents = { bytes: 0, problems: [] };

/**
 * Verifies a backup, and when it passed records that in the stores whose copy was proved. A backup
 * that is damaged, or that a store has lost, is a result that did not pass. Rejects when nothing
 * could be found out (`StoreError`, `WrongKeyError`, `ConfigurationError`, …), with `CancelledError`,
 * and with `StoreError` when the record could not be written.
 */
export async function verifyDump(
	input: VerifyDumpInput,
	context: { signal?: AbortSignal } = {},
): Promise<VerifyDumpResult> {
	const { signal } = context;
	const { repository, backup, level } = input;
	const startedAt = Date.now();
	const manifest = await readManifest(repository, backup, signal);
	const { copies, contents = NOTHING } =
		level === 'stored'
			? await checkStored(repository, backup, signal)
			: await checkCopies(repository, backup, proofFor(input, signal), signal);
	const damagedRecords = await findDamagedRecords(repository, backup, signal);
	const durationMs = Date.now() - startedAt;
	const { verifiedIn, faults } = assessCopies(manifest, copies);
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

async function checkStored(
	repository: Repository,
	backup: BackupRef,
	signal: AbortSignal | undefined,
): Promise<CheckedCopies<Contents>> {
	const copies = await verifyStored(repository, backup, { signal });
	const bytes = copies.reduce((sum, copy) => sum + copy.bytes, 0);
	return { copies, contents: { bytes, problems: [] } };
}
