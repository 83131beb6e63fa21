import { commandParts } from '../resp/encode';

/**
 * The payload of a snapshot that was read key by key: the commands that restore it, in RESP, so that
 * `redis-cli --pipe` takes it as it is. In this order: FUNCTION RESTORE where there are functions; per
 * database SELECT, then RESTORE for each key; last an ECHO with the number of keys, which restores
 * nothing, but whose absence shows that the rest is missing.
 */
export const WORDS = {
	select: 'SELECT',
	restore: 'RESTORE',
	functions: 'FUNCTION',
	end: 'ECHO',
} as const;

/** Where RESTORE has the value, and FUNCTION RESTORE the libraries. */
export const PAYLOAD_INDEX = { restore: 3, functions: 2 } as const;

const END = /^snapshot complete: (\d{1,15}) keys$/;

export function selectCommand(database: number): Buffer[] {
	return commandParts([WORDS.select, `${database}`]);
}

/** @param expiresAt milliseconds since 1970; nothing for a key that stays */
export function restoreCommand(
	name: Buffer,
	expiresAt: number | undefined,
	payload: Buffer,
): Buffer[] {
	return commandParts([
		...[WORDS.restore, name, `${expiresAt ?? 0}`, payload],
		...['REPLACE', 'ABSTTL'],
	]);
}

export function functionsCommand(payload: Buffer): Buffer[] {
	return commandParts([WORDS.functions, 'RESTORE', payload, 'REPLACE']);
}

export function endCommand(keys: number): Buffer[] {
	return commandParts([WORDS.end, `snapshot complete: ${keys} keys`]);
}

/** How many keys the last command announces; nothing where it is not that command. */
export function announcedKeys(text: string): number | undefined {
	const digits = END.exec(text)?.[1];
	return digits === undefined ? undefined : Number(digits);
}
