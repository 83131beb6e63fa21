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

/** What happened and what can be done about it, as one text. */
export function sentencesOf(failure: unknown): string {
	return `${reasonOf(failure)} ${hintOf(failure, '')}`.trim();
}

/** What failed in which store; the store is named once. */
export function reasonIn(store: { label: string }, failure: unknown): string {
	const reason = reasonOf(failure);
	return reason.includes(store.label) ? reason : `${store.label}: ${reason}`;
}
