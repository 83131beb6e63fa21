import { ConnectionError, IntegrityError, NotFoundError, StoreError } from '../errors';
import { cancelled } from './cancellation';
import type { BackupRef } from './manifest-file';
import { type OpenPayload, openPayload } from './read-backup';
import { reasonOf } from './reason';
import type { Repository } from './repository';
import { firstThatWorks } from './store-choice';

/** After these the copy in another store may do all the same. */
const COPY_FAILURES = [IntegrityError, StoreError, NotFoundError, ConnectionError];

/**
 * What `take` makes of the first copy that is whole; it is called again for the next store where one
 * turns out to be damaged. Rejects as `openPayload` does, with the errors of `take`, and with
 * `CancelledError`.
 *
 * @param take reads the payload to its end, and leaves nothing behind where that fails
 */
export async function firstWholeCopy<Result>(
	repository: Repository,
	backup: BackupRef,
	take: (payload: OpenPayload) => Promise<Result>,
	signal?: AbortSignal,
): Promise<{ result: Result; warnings: string[] }> {
	const warnings: string[] = [];
	const result = await firstThatWorks(
		repository.stores,
		async ({ label: store }) => {
			try {
				const payload = await openPayload(repository, backup, { store, ...(signal && { signal }) });
				try {
					return await take(payload);
				} finally {
					payload.stream.destroy();
				}
			} catch (error) {
				if (signal?.aborted) throw cancelled('Reading the backup');
				warnings.push(`The copy in ${store} could not be used: ${reasonOf(error)}`);
				throw error;
			}
		},
		signal,
		(error) => COPY_FAILURES.some((type) => error instanceof type),
	);
	return { result, warnings };
}
