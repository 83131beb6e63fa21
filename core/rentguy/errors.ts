import { ConnectionError, DisasterRecoveryError } from '../errors';

/** No answer that counts came back; whoever asked may ask again. */
export class NoAnswerError extends ConnectionError {
	/** Whether the request may have reached the backend, and may still be carried out. */
	readonly mayHaveArrived: boolean;

	constructor(
		message: string,
		{ mayHaveArrived, ...options }: { mayHaveArrived: boolean; hint: string; cause?: unknown },
	) {
		super(message, options);
		this.mayHaveArrived = mayHaveArrived;
	}
}

/** The backend takes no more requests of this machine for a while. */
export class RateLimitedError extends ConnectionError {
	constructor(readonly retryAfterSeconds: number) {
		super(`The platform takes no more requests for ${retryAfterSeconds} seconds.`, {
			hint: 'Wait that long. Everybody who flushes a queue of the platform shares the allowance of five in a minute.',
		});
	}
}

/** Nothing at this address speaks as the backend does; the prefix may be wrong. */
export class WrongPlaceError extends ConnectionError {}

/**
 * Whether the backend may well answer again soon. While it restarts, the proxy may pass its calls on to
 * somebody else: so this holds for a backend only that has answered before.
 */
export function isPassing(error: unknown): boolean {
	return error instanceof NoAnswerError || error instanceof WrongPlaceError;
}

/** Jobs were left in the queue, or cannot be told to be gone; the message has the figures. */
export class QueueNotFlushedError extends DisasterRecoveryError {}
