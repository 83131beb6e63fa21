import { CancelledError, DisasterRecoveryError, RestoreError } from '../../errors';
import { cancelled } from '../../repository/cancellation';
import { reasonOf } from '../../repository/reason';
import { isLostConnection } from '../connection-errors';
import { TargetStateError } from './target-state-error';

/**
 * The typed error of a failed run; `what` as in "The restore". An abort explains whatever it caused: with
 * its reason, or as a cancel where it has none of ours.
 */
export function explainFailure(
	error: unknown,
	what: string,
	signal: AbortSignal | undefined,
): DisasterRecoveryError {
	if (error instanceof TargetStateError) return error;
	const reason: unknown = signal?.reason;
	if (reason instanceof DisasterRecoveryError) return reason;
	if (error instanceof CancelledError) return error;
	if (signal?.aborted) return cancelled(what);
	if (error instanceof DisasterRecoveryError) return error;
	if (isLostConnection(error)) {
		return new RestoreError(`${what} failed: the connection to the Postgres server was lost.`, {
			hint: 'Check that the server runs, then start again.',
			cause: error,
		});
	}
	return new RestoreError(`${what} failed: ${reasonOf(error)}.`, {
		hint: "Remove the cause, then start again; the server's log may say more.",
		cause: error,
	});
}
