import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfCancelled } from './attempt';
import { type Check, prepareChecks } from './check';
import { healthDocument, type HealthDocument } from './document';
import { type CheckResult, worst } from './result';
import { runChecks } from './run-checks';

export interface WaitOptions {
	readonly signal?: AbortSignal;
	/** Checks that are run at a time. */
	readonly parallel: number;
	/** From the end of a round to the start of the next, in milliseconds. */
	readonly intervalMs: number;
	/** How many rounds in a row nothing may fail in. */
	readonly stableRounds: number;
	/** When to give up, in milliseconds from the start. */
	readonly deadlineMs: number;
}

/**
 * Runs all checks in rounds until nothing failed in the wanted number of rounds in a row, or the
 * deadline has passed; then the document says `fail`, with what was seen last. There are no retries
 * within a round: they would hide what is not stable yet. Throws `ConfigurationError` before anything is
 * checked, and `CancelledError`.
 */
export async function waitUntilHealthy(
	checks: readonly Check[],
	options: WaitOptions,
): Promise<HealthDocument> {
	const { signal, parallel, intervalMs, stableRounds } = options;
	const prepared = prepareChecks(checks);
	const startedAt = new Date();
	const deadline = AbortSignal.timeout(options.deadlineMs);
	const limits = { ...(signal && { signal }), deadline };
	let lastSeen: CheckResult[] | undefined;
	let [rounds, stable] = [0, 0];
	let healthySince: Date | undefined;
	for (;;) {
		const results = await runChecks(prepared, { ...limits, parallel, retries: 0 });
		// A round that the deadline cut short says less than the whole one before it.
		if (deadline.aborted && lastSeen) break;
		lastSeen = results;
		rounds++;
		const isHealthy = worst(results.map(({ status }) => status)) !== 'fail';
		stable = isHealthy ? stable + 1 : 0;
		// The end of the round, and not its start: by then all of it had been seen.
		healthySince = isHealthy ? (healthySince ?? new Date()) : undefined;
		if (stable >= stableRounds || deadline.aborted) break;
		await sleep(intervalMs, undefined, { signal: AbortSignal.any(Object.values(limits)) }).catch(
			() => undefined,
		);
		throwIfCancelled(signal);
		if (deadline.aborted) break;
	}
	const isStable = stable >= stableRounds;
	return healthDocument(lastSeen, {
		...{ startedAt, rounds, stableRounds: stable },
		...(isStable && healthySince && { healthySince }),
		...(!isStable && { deadlinePassed: { stableRounds } }),
	});
}
