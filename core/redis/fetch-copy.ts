import { ConnectionError, IntegrityError, NotFoundError, StoreError } from '../errors';
import { cancelled } from '../repository/cancellation';
import type { BackupRef } from '../repository/catalogue';
import { type OpenPayload, openPayload } from '../repository/read-backup';
import { reasonOf } from '../repository/reason';
import type { Repository } from '../repository/repository';
import type { Store } from '../repository/store';
import { firstThatWorks } from '../repository/store-choice';
import { Spool } from './spool';

/** After these the copy in another store may do all the same. */
const COPY_FAILURES = [IntegrityError, StoreError, NotFoundError, ConnectionError];

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
	const warnings: string[] = [];
	const attempt = async (store: Store) => {
		const file = await Spool.open(temporaryDirectory);
		try {
			const one = { ...repository, stores: [store] };
			const payload = await openPayload(one, backup, signal ? { signal } : {});
			return { ...(await prove(payload, file)), file, warnings };
		} catch (error) {
			await file.close();
			warnings.push(`The copy in ${store.label} could not be used: ${reasonOf(error)}`);
			throw error;
		}
	};
	const isAboutStore = (error: unknown) =>
		COPY_FAILURES.some((type) => error instanceof type) && !signal?.aborted;
	try {
		return await firstThatWorks(repository.stores, attempt, signal, isAboutStore);
	} catch (error) {
		throw signal?.aborted ? cancelled(what) : error;
	}
}
