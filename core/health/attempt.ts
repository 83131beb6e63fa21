import { ConfigurationError, DisasterRecoveryError } from '../errors';
import { cancelled } from '../repository/cancellation';
import type { PreparedCheck } from './check';
import { durationInWords } from './duration-words';
import { type Observation, unreachable } from './observation';
import { showText } from './show';

/** Of what is shown of a reason, in characters. */
const LONGEST_REASON = 300;

/** What ends probes before they are done. */
export interface Limits {
	/** The run is cancelled: everything ends with a `CancelledError`. */
	readonly signal?: AbortSignal;
	/** Time is up: what has not answered by now has not answered. */
	readonly deadline?: AbortSignal;
}

/**
 * Probes a target once. What keeps it from being observed is an observation too; only the cancellation
 * of the run, settings that cannot work and faults of this software are thrown.
 */
export async function attempt(check: PreparedCheck, limits: Limits): Promise<Observation> {
	const { signal: cancel, deadline } = limits;
	const timeout = AbortSignal.timeout(check.timeoutMs);
	const signals = [timeout, cancel, deadline].filter((signal) => signal !== undefined);
	const signal = AbortSignal.any(signals);
	try {
		signal.throwIfAborted();
		return await untilAborted(check.probe(signal, check.timeoutMs), signal);
	} catch (error) {
		throwIfCancelled(cancel);
		if (deadline?.aborted) return unreachable('no complete answer before the deadline');
		if (timeout.aborted)
			return unreachable(`no complete answer within ${durationInWords(check.timeoutMs)}`);
		if (!(error instanceof DisasterRecoveryError)) throw error;
		if (error instanceof ConfigurationError) throw error;
		return unreachable(showText(error.message, LONGEST_REASON).replace(/\.$/, ''));
	}
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
	if (signal?.aborted) throw cancelled('The health check');
}

/** Settles as `promise` does, or rejects when `signal` fires: no probe can outlast its time. */
async function untilAborted<Result>(
	promise: Promise<Result>,
	signal: AbortSignal,
): Promise<Result> {
	let onAbort: (() => void) | undefined;
	const aborted = new Promise<never>((_resolve, reject) => {
		onAbort = () => reject(signal.reason as Error);
		signal.addEventListener('abort', onAbort);
	});
	try {
		return await Promise.race([promise, aborted]);
	} finally {
		if (onAbort) signal.removeEventListener('abort', onAbort);
	}
}
