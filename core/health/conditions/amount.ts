const NUMBER = /^[+-]?\d{1,300}(\.\d{1,300})?$/;
const DURATION = /^(\d{1,15}(\.\d{1,15})?(ms|s|m|h|d)){1,10}$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;

const MILLISECONDS: Readonly<Record<string, number>> = {
	...{ ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 },
};

/** A number as it is written in a condition or a document. */
export function numberIn(text: string): number | undefined {
	return NUMBER.test(text) ? Number(text) : undefined;
}

/** The milliseconds of a duration such as `500ms`, `1h30m` or `14d`. */
export function durationIn(text: string): number | undefined {
	if (!DURATION.test(text)) return undefined;
	let sum = 0;
	for (const [, count, unit = ''] of text.matchAll(PART)) {
		sum += Number(count) * (MILLISECONDS[unit] ?? Number.NaN);
	}
	return sum;
}

/** What can be told to be more or less: a number, or the milliseconds of a duration. */
export function amountIn(text: string): number | undefined {
	return numberIn(text) ?? durationIn(text);
}
