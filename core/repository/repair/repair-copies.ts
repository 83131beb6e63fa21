import { CancelledError } from '../../errors';
import { cancelled } from '../cancellation';
import type { BackupRef } from '../manifest-file';
import { sentencesOf } from '../reason';
import type { Repository } from '../repository';
import { type StoredCopy, verifyStored } from '../verify-stored';
import { type Repaired, repairCopy, type RepairOptions } from './repair-copy';

export interface RepairedCopies {
	/** What each store holds now. */
	copies: StoredCopy[];
	/** What was made good in which store. */
	repaired: { store: string; files: Repaired }[];
	/** Why a store could not be repaired, as sentences. */
	failures: string[];
}

/**
 * Makes every copy that is missing or damaged from one that is whole, and looks at it again. Where there
 * is none that is whole, nothing is touched. A store that could not be asked is left alone. Rejects with
 * `CancelledError` only; a repair that fails is an answer.
 *
 * @param copies what was just found out about every store
 */
export async function repairCopies(
	repository: Repository,
	backup: BackupRef,
	copies: readonly StoredCopy[],
	options: RepairOptions = {},
): Promise<RepairedCopies> {
	const inState = (...states: StoredCopy['state'][]) =>
		repository.stores.filter(({ label }) =>
			copies.some(({ store, state }) => store === label && states.includes(state)),
		);
	const [source] = inState('whole');
	const targets = inState('missing', 'damaged');
	const result: RepairedCopies = { copies: [...copies], repaired: [], failures: [] };
	if (targets.length > 0 && source === undefined) {
		result.failures.push(
			'No store has a whole copy to repair the others from. Nothing was touched.',
		);
		return result;
	}
	for (const target of targets) {
		const { label } = target;
		try {
			const files = source ? await repairCopy(backup, source, target, options) : [];
			result.repaired.push({ store: label, files });
		} catch (error) {
			if (options.signal?.aborted || error instanceof CancelledError) throw cancelled('The repair');
			result.failures.push(`${label} could not be repaired: ${sentencesOf(error)}`);
		}
		const [now] = await verifyStored(repository, backup, { ...options, store: label });
		result.copies = result.copies.map((copy) => (copy.store === label && now ? now : copy));
	}
	return result;
}
