import { cancelled } from '../repository/cancellation';
import type { BackupRef } from '../repository/catalogue';
import { firstWholeCopy } from '../repository/first-whole-copy';
import type { OpenPayload } from '../repository/read-backup';
import type { Repository } from '../repository/repository';
import { Spool } from './spool';

export interface FetchOptions {
	/** Where temporary files go; the system's own folder by default. */
	temporaryDirectory?: string;
	signal?: AbortSignal;
}

/** A raw payload on the disk of this machine. */
export interface FetchedCopy {
	file: Spool;
	/** Copies that could not be used. */
	warnings: string[];
}

/**
 * Brings a backup here from the first store whose copy can be proved. The caller closes `file`. Rejects
 * with the typed errors of `core/`, with `IntegrityError` where it is damaged in every store.
 *
 * @param prove reads the payload into the file, and rejects with `IntegrityError` where it is damaged
 * @param what for the message of a cancellation, as in "The restore"
 */
export async function fetchCopy<Proved>(
	repository: Repository,
	backup: BackupRef,
	prove: (payload: OpenPayload, file: Spool) => Promise<Proved>,
	what: string,
	{ temporaryDirectory, signal }: FetchOptions,
): Promise<Proved & FetchedCopy> {
	const take = async (payload: OpenPayload) => {
		const file = await Spool.open(temporaryDirectory);
		try {
			return { ...(await prove(payload, file)), file };
		} catch (error) {
			await file.close();
			throw error;
		}
	};
	try {
		const { result, warnings } = await firstWholeCopy(repository, backup, take, signal);
		return { ...result, warnings };
	} catch (error) {
		throw signal?.aborted ? cancelled(what) : error;
	}
}
