import { ConfigurationError, IntegrityError, NotFoundError } from '../errors';
import { cancelled } from './cancellation';
import type { Repository } from './repository';
import type { Store } from './store';

/** All stores of a repository, or the one with the given label. */
export function storesOf(repository: Repository, label?: string): readonly Store[] {
	if (label === undefined) return repository.stores;
	const store = repository.stores.find((candidate) => candidate.label === label);
	if (store !== undefined) return [store];
	throw new ConfigurationError(`The repository has no store called ${JSON.stringify(label)}.`, {
		hint: `Its stores are: ${repository.stores.map((known) => known.label).join(', ')}.`,
	});
}

/**
 * The result of the first store that gives one. When none does, rejects with the failure that says
 * most: damage first, then other failures, and "not found" only when every store said so.
 *
 * @param isAboutStore whether another store may do better after this failure; else it is thrown at once
 */
export async function firstThatWorks<T>(
	stores: readonly Store[],
	attempt: (store: Store) => Promise<T>,
	signal?: AbortSignal,
	isAboutStore: (failure: unknown) => boolean = () => true,
): Promise<T> {
	const failures: unknown[] = [];
	for (const store of stores) {
		try {
			return await attempt(store);
		} catch (error) {
			if (!isAboutStore(error)) throw error;
			if (signal?.aborted) throw cancelled('Reading the backup');
			failures.push(error);
		}
	}
	throw (
		failures.find((failure) => failure instanceof IntegrityError) ??
		failures.find((failure) => !(failure instanceof NotFoundError)) ??
		failures[0]
	);
}
