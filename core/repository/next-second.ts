import { setTimeout as sleep } from 'node:timers/promises';
import type { CatalogueEntry } from './catalogue';

const SECOND = 1000;

/**
 * Backup ids count in seconds. Waits, for less than one, until the clock has left the second of the
 * `newest` backup, so that the next one does not ask for its id. Rejects with the reason of `signal`.
 */
export async function nextSecond(
	newest: CatalogueEntry | undefined,
	signal?: AbortSignal,
): Promise<void> {
	if (newest === undefined) return;
	const now = Date.now();
	const second = now - (now % SECOND);
	if (newest.consistencyPoint.getTime() === second) {
		await sleep(second + SECOND - now, undefined, { signal });
	}
}
