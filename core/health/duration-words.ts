/** Milliseconds by unit, from the longest to the shortest. */
export const UNITS: ReadonlyMap<string, number> = new Map([
	['d', 86_400_000],
	['h', 3_600_000],
	['min', 60_000],
	['s', 1_000],
	['ms', 1],
]);

/** `36 h` or `250 ms`: in the longest unit of which there are two or more, or in one of which there is a whole number. */
export function durationInWords(milliseconds: number): string {
	const rounded = Math.round(Math.abs(milliseconds));
	const sign = milliseconds < 0 ? '-' : '';
	for (const [unit, length] of UNITS) {
		if (rounded === length) return `${sign}1 ${unit}`;
		if (rounded >= 2 * length) return `${sign}${Number((rounded / length).toFixed(1))} ${unit}`;
	}
	return `${rounded} ms`;
}
