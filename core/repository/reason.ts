import { isNativeError } from 'node:util/types';
import { DisasterRecoveryError } from '../errors';

/** What an unknown failure says for itself, as a part of a longer sentence. */
export function reasonOf(failure: unknown): string {
	return isNativeError(failure) ? failure.message : String(failure);
}

/** What can be done about a failure: its own hint, or `otherwise`. */
export function hintOf(failure: unknown, otherwise: string): string {
	return failure instanceof DisasterRecoveryError ? failure.hint : otherwise;
}
