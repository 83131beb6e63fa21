import { setTimeout as sleep } from 'node:timers/promises';

const SECOND = 1000;

/**
 * Backup ids count in seconds. Waits, for less than one, until the clock has left the second of `taken`,
 * so that a backup made now does not ask for the id of that one. Rejects with the reason of `signal`.
 */
export async function nextSecond(taken: Date, signal?: AbortSignal): Promise<void> {
	const now = Date.now();
	const second = now - (now % SECOND);
	const isNow = taken.getTime() >= second && taken.getTime() < second + SECOND;
	if (isNow) await sleep(second + SECOND - now, undefined, { signal });
}
