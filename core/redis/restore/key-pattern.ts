const STAR = 0x2a;
const ANY = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const NOT = 0x5e;
const ESCAPE = 0x5c;
const DASH = 0x2d;

/** Whether one byte of a key fits one place of a pattern. */
type Place = (byte: number) => boolean;

/**
 * Compiles a pattern of Redis (`*`, `?`, `[a-z]`, `[^a]`, `\` before a character that is meant as
 * such), as KEYS and SCAN have it, over the bytes of a key. Its time grows with the length of the key
 * times that of the pattern, never faster.
 */
export function compileKeyPattern(pattern: string): (key: Buffer) => boolean {
	const places = parse(Buffer.from(pattern));
	return (key) => matches(places, key);
}

function matches(places: readonly (Place | '*')[], key: Buffer): boolean {
	let at = 0;
	let place = 0;
	// Where to go on when the rest does not fit: only the last star has to be tried again.
	let retry: { place: number; at: number } | undefined;
	while (at < key.length) {
		const test = places[place];
		if (test === '*') {
			retry = { place: ++place, at };
		} else if (test?.(key[at] as number)) {
			place++;
			at++;
		} else if (retry) {
			place = retry.place;
			at = ++retry.at;
		} else {
			return false;
		}
	}
	return places.slice(place).every((rest) => rest === '*');
}

function parse(pattern: Buffer): (Place | '*')[] {
	const places: (Place | '*')[] = [];
	for (let at = 0; at < pattern.length; at++) {
		const byte = pattern[at] as number;
		if (byte === STAR) {
			places.push('*');
		} else if (byte === ANY) {
			places.push(() => true);
		} else if (byte === OPEN) {
			const set = parseSet(pattern, at + 1);
			places.push(set.test);
			at = set.end;
		} else {
			const literal = byte === ESCAPE && at + 1 < pattern.length ? pattern[++at] : byte;
			places.push((each) => each === literal);
		}
	}
	return places;
}

/** The characters between brackets; a set that is never closed ends with the pattern. */
function parseSet(pattern: Buffer, from: number): { test: Place; end: number } {
	const isNegated = pattern[from] === NOT;
	const ranges: [number, number][] = [];
	let at = isNegated ? from + 1 : from;
	for (; at < pattern.length && pattern[at] !== CLOSE; at++) {
		if (pattern[at] === ESCAPE && at + 1 < pattern.length) at++;
		const first = pattern[at] as number;
		const last = pattern[at + 1] === DASH ? pattern[at + 2] : undefined;
		if (last === undefined) {
			ranges.push([first, first]);
		} else {
			ranges.push([Math.min(first, last), Math.max(first, last)]);
			at += 2;
		}
	}
	return {
		test: (byte) => ranges.some(([low, high]) => byte >= low && byte <= high) !== isNegated,
		end: at,
	};
}
