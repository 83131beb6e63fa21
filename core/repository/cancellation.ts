import { CancelledError } from '../errors';

/** The error of a run that was stopped by its `AbortSignal`; `what` as in "The backup". */
export function cancelled(what: string): CancelledError {
	return new CancelledError(`${what} was cancelled.`, {
		hint: 'Run it again when you are ready.',
	});
}
