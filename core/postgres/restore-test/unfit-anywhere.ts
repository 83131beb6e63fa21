import type { TocEntry } from '../archive/toc';
import type { Unfit } from './left-out';

/** What no restore test brings back, wherever it runs. */
export function unfitAnywhere(entries: readonly TocEntry[]): Unfit[] {
	return entries
		.filter(({ kind }) => kind.startsWith('SUBSCRIPTION'))
		.map((entry) => ({
			entry,
			reason: 'A copy must not start to replicate from the publisher of the original.',
		}));
}
