import { setTimeout as sleep } from 'node:timers/promises';
import { attempt, type Limits, throwIfCancelled } from './attempt';
import type { PreparedCheck } from './check';
import { type CheckResult, judge } from './result';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

export interface RunOptions extends Limits {
	/** Checks that are run at a time. */
	readonly parallel: number;
	/** How often a check that fails is tried again, with growing pauses. */
	readonly retries: number;
}

/** Runs every check once, in the order of the list, several at a time. Rejects as `attempt` does. */
export async function runChecks(
	checks: readonly PreparedCheck[],
	options: RunOptions,
): Promise<CheckResult[]> {
	const results: CheckResult[] = [];
	// The first failure of a worker ends the others too, so that nothing goes on behind its back.
	const failed = new AbortController();
	const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
	const queue = checks.entries();
	const work = async () => {
		for (const [index, check] of queue) {
			results[index] = await runCheck(check, { ...options, signal });
		}
	};
	const workers = Array.from({ length: Math.min(options.parallel, checks.length) }, work);
	try {
		await Promise.all(workers);
	} finally {
		failed.abort();
		await Promise.allSettled(workers);
	}
	return results;
}

async function runCheck(check: PreparedCheck, options: RunOptions): Promise<CheckResult> {
	for (let attempts = 1; ; attempts++) {
		const observation = await attempt(check, options);
		const result = judge(check, observation, { at: new Date(), attempts });
		if (result.status !== 'fail' || attempts > options.retries) return result;
		await pause(Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS), options.signal);
	}
}

/** Waits; rejects with a `CancelledError` as soon as `signal` fires. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
	await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
	throwIfCancelled(signal);
}
