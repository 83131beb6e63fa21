import { compileKeyPattern } from './key-pattern';
import type { KeyItem } from './snapshot-items';

const SHOWN_KEY_CHARACTERS = 60;

/** Which keys of a snapshot are restored; all of them without either. */
export interface KeySelection {
	/** A pattern as in KEYS and SCAN. */
	pattern?: string;
	databases?: readonly number[];
}

/** Whether a key is meant. */
export function keySelector({ pattern, databases }: KeySelection): (item: KeyItem) => boolean {
	const fits = pattern === undefined ? () => true : compileKeyPattern(pattern);
	return ({ database, key }) => (databases?.includes(database) ?? true) && fits(key);
}

/** A key for people: as text where it is text. */
export function shownKey(key: Buffer): string {
	const text = key.toString('utf8');
	const isText = !/[\p{Cc}\uFFFD]/u.test(text);
	const whole = isText ? `"${text}"` : `0x${key.toString('hex')}`;
	return whole.length > SHOWN_KEY_CHARACTERS ? `${whole.slice(0, SHOWN_KEY_CHARACTERS)}…` : whole;
}
