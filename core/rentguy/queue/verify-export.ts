import { IntegrityError } from '../../errors';
import { type BackupRef, readManifest } from '../../repository/catalogue';
import { nowhere } from '../../repository/nowhere';
import { openPayload } from '../../repository/read-backup';
import type { Repository } from '../../repository/repository';
import { recordVerification } from '../../repository/verification';
import { assessCopies, checkCopies } from '../../repository/verify-copies';
import { readExport } from './read-export';

export interface VerifyExportResult {
	/** Jobs that were read. */
	jobs: number;
	/** Labels of the stores whose copy was proved, and that keep the record of it. */
	verifiedIn: string[];
}

/**
 * Reads an export back at level `readable`: one copy to its end, with the number of jobs per queue and
 * state compared; the stored bytes of all others. Records that in the stores.
 *
 * Rejects with `IntegrityError` where it did not pass, and where nothing could be found out with what
 * stood in the way (`StoreError`, `WrongKeyError`, `ConfigurationError`, …) or `CancelledError`.
 */
export async function verifyExport(
	repository: Repository,
	backup: BackupRef,
	signal?: AbortSignal,
): Promise<VerifyExportResult> {
	const startedAt = Date.now();
	const manifest = await readManifest(repository, backup, signal);
	const prove = async (store: string) => {
		const payload = await openPayload(repository, backup, { store, signal });
		const { jobs } = await readExport(payload, nowhere());
		return { jobs, bytes: manifest.payload.raw.bytes };
	};
	const { copies, contents } = await checkCopies(repository, backup, prove, signal);
	const { verifiedIn, faults } = assessCopies(manifest, copies);
	if (!contents || faults.length > 0) {
		throw new IntegrityError(`The backup ${backup.id} did not pass: ${faults.join(' ')}`, {
			hint: 'Export the queue again now. To import, use another copy or an older backup.',
		});
	}
	await recordVerification(
		{
			...repository,
			stores: repository.stores.filter(({ label }) => verifiedIn.includes(label)),
		},
		backup,
		{
			...{ level: 'readable', at: new Date(), durationMs: Date.now() - startedAt },
			details: contents,
		},
		signal,
	);
	return { jobs: contents.jobs, verifiedIn };
}
