/** Milliseconds by unit, from the longest to the shortest. */
export const UNITS: ReadonlyMap<string, number> = new Map([
	['d', 86_400_000],
	['h', 3_600_000],
	['min', 60_000],
	['s', 1_000],
	['ms', 1],
]);

/**
 * `36 h` or `250 ms`: in the longest unit of which there are two, or exactly one. Cut and not rounded, so
 * that what is less than 48 h does not look like as much.
 */
export function durationInWords(milliseconds: number): string {
	const rounded = Math.round(Math.abs(milliseconds));
	const sign = milliseconds < 0 ? '-' : '';
	for (const [unit, length] of UNITS) {
		if (rounded === length) return `${sign}1 ${unit}`;
		if (rounded >= 2 * length) return `${sign}${Math.trunc((rounded / length) * 10) / 10} ${unit}`;
	}
	return `${rounded} ms`;
}
