import { RestoreError } from '../errors';
import { type BackupRef, readManifest } from '../repository/catalogue';
import type { Repository } from '../repository/repository';
import { storesOf } from '../repository/store-choice';
import { decodeCopy, type DecodedCopy } from './decode-copy';
import { isAboutContent } from './restore-test/failure';
import type { RestoreTestOptions, RestoreTestReport } from './restore-test/restore-test';
import { runRestoreTest } from './restore-test/run-restore-test';

/** What a restore test of one copy has shown. */
export interface RestoredCopy extends DecodedCopy {
	/** Absent where the server refused a part of the copy. */
	readonly restoreTest?: RestoreTestReport;
	readonly warnings: string[];
}

/**
 * Restores the copy in one store for a test, reading it to its end. Rejects with `IntegrityError` where
 * it is damaged, and with what says nothing about it: a scratch server that cannot be used, a lack of
 * room or memory, a cancel.
 */
export async function restoreCopy(
	repository: Repository,
	backup: BackupRef,
	options: { store: string; restoreTest: RestoreTestOptions; signal?: AbortSignal },
): Promise<RestoredCopy> {
	const { store, signal } = options;
	const one = { ...repository, stores: storesOf(repository, store) };
	const manifest = await readManifest(one, backup, signal);
	try {
		const { report, problems, warnings } = await runRestoreTest({
			...{ repository: one, backup, manifest, options: options.restoreTest },
			...(signal && { signal }),
		});
		return {
			...{ tables: report.tables, rows: report.rows, bytes: manifest.payload.raw.bytes },
			...{ problems: [...problems], warnings: [...warnings], restoreTest: report },
		};
	} catch (error) {
		if (!isAboutContent(error)) throw error;
		// Nonsense in the copy may be damage, which is known only when it has been read to its end.
		const decoded = await decodeCopy(repository, backup, store, signal);
		return { ...decoded, problems: [refusal(error), ...decoded.problems], warnings: [] };
	}
}

function refusal(error: Error): string {
	return error instanceof RestoreError
		? error.message
		: `The restored copy could not be compared: ${error.message}.`;
}
