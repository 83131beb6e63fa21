import { isNativeError } from 'node:util/types';

/** A transaction that is refused says only that: the error of the command that it is about, or the same. */
export function refusedCommand(error: unknown): unknown {
	const isRefusal = isNativeError(error) && 'previousErrors' in error;
	const [first] = isRefusal && Array.isArray(error.previousErrors) ? error.previousErrors : [];
	return first ?? error;
}
