import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 15_000;
const POLL_MS = 100;

/** Repeats an assertion until it holds; after the limit it fails with the assertion's own error. */
export async function eventually<Result>(
	assertion: () => Promise<Result> | Result,
	limitMs = LIMIT_MS,
): Promise<Result> {
	for (const limit = Date.now() + limitMs; ; await sleep(POLL_MS)) {
		try {
			return await assertion();
		} catch (error) {
			if (Date.now() > limit) throw error;
		}
	}
}
