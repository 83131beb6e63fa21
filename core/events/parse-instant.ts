import { ConfigurationError } from '../errors';

const LOCAL = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?$/;
const DAY_MS = 24 * 60 * 60_000;

/**
 * Reads an ISO date-time as an instant. One without an offset is local time in `timeZone`: of an hour
 * that happens twice the first one is meant, and what the clock leaps over counts from before the leap.
 * Rejects with `ConfigurationError` what is no date-time, naming it by `title`.
 */
export function parseInstant(text: string, timeZone: string, title: string): Date {
	const trimmed = text.trim();
	const [, date, time, seconds = ':00'] = LOCAL.exec(trimmed) ?? [];
	if (date !== undefined && time !== undefined) {
		const local = Date.parse(`${date}T${time}${seconds}Z`);
		if (!Number.isNaN(local)) return new Date(fromLocal(local, timeZone));
	} else if (/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/.test(trimmed)) {
		const at = new Date(trimmed);
		if (!Number.isNaN(at.getTime())) return at;
	}
	throw new ConfigurationError(`${title} is not a date and time: ${JSON.stringify(trimmed)}.`, {
		hint: 'Write it like 2026-11-23T14:05, or with its offset: 2026-11-23T14:05+01:00.',
	});
}

/** @param local the clock's reading, as if it were UTC */
function fromLocal(local: number, timeZone: string): number {
	const before = offsetAt(local - DAY_MS, timeZone);
	const after = offsetAt(local + DAY_MS, timeZone);
	const instants = [local - before, local - after].filter(
		(at) => at + offsetAt(at, timeZone) === local,
	);
	return instants.length > 0 ? Math.min(...instants) : local - before;
}

/** Milliseconds by which the clocks of a zone are ahead of UTC at an instant. */
function offsetAt(at: number, timeZone: string): number {
	const parts = new Intl.DateTimeFormat('en-US', {
		...{ timeZone, hourCycle: 'h23' as const, year: 'numeric', month: 'numeric', day: 'numeric' },
		...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
	}).formatToParts(at);
	const part = (type: Intl.DateTimeFormatPartTypes) =>
		Number(parts.find((one) => one.type === type)?.value);
	const reading = Date.UTC(
		...([part('year'), part('month') - 1, part('day')] as const),
		...([part('hour'), part('minute'), part('second')] as const),
	);
	return reading - Math.floor(at / 1000) * 1000;
}
