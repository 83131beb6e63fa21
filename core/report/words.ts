import { CLOCK_TOLERANCE_MS } from '../repository/clock-skew';

const SIZES = ['bytes', 'KB', 'MB', 'GB', 'TB'];
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `12.3 MB`, with 1000 bytes to the kilobyte. */
export function humanBytes(bytes: number): string {
	const step = Math.min(SIZES.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
	return `${step === 0 ? bytes : (bytes / 1000 ** step).toFixed(1)} ${SIZES[step]}`;
}

/** `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`: the two largest units, rounded down. */
export function humanDuration(seconds: number): string {
	const [days, hours, minutes] = [
		Math.floor(seconds / DAY),
		Math.floor((seconds % DAY) / HOUR),
		Math.floor((seconds % HOUR) / MINUTE),
	] as const;
	if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
	if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
	if (minutes > 0) return `${minutes} min`;
	return `${Math.floor(seconds)} s`;
}

/** `3 h ago`, rounded down; hours up to two days, `just now` below a minute, or `in the future`. */
export function humanAge(since: Date, now = new Date()): string {
	const seconds = (now.getTime() - since.getTime()) / 1000;
	if (seconds >= 2 * DAY) return `${Math.floor(seconds / DAY)} days ago`;
	if (seconds >= HOUR) return `${Math.floor(seconds / HOUR)} h ago`;
	if (seconds >= MINUTE) return `${Math.floor(seconds / MINUTE)} min ago`;
	return seconds * 1000 < -CLOCK_TOLERANCE_MS ? 'in the future' : 'just now';
}

/** `22 Nov, 18:00 CET`: day and time in an IANA time zone. */
export function humanTime(at: Date, timeZone: string): string {
	return at.toLocaleString('en-GB', {
		...{ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
		...{ timeZone, timeZoneName: 'short' },
	});
}

/** `22 Nov 2026, 18:00`: day and time in an IANA time zone. */
export function humanDateTime(at: number, timeZone: string): string {
	return new Date(at).toLocaleString('en-GB', {
		...{ day: 'numeric', month: 'short', year: 'numeric', timeZone },
		...{ hour: '2-digit', minute: '2-digit' },
	});
}

/** `22 Nov`, or `22 Nov 2026`. */
export function humanDay(at: number, timeZone: string, withYear = false): string {
	return new Date(at).toLocaleDateString('en-GB', {
		...{ day: 'numeric', month: 'short', timeZone },
		...(withYear && { year: 'numeric' }),
	});
}

/** `2026-11-22` in an IANA time zone. */
export function isoDay(at: number, timeZone: string): string {
	return new Intl.DateTimeFormat('en-CA', {
		...{ year: 'numeric', month: '2-digit', day: '2-digit', timeZone },
	}).format(at);
}

/** `3 backups`, `1 backup`. */
export function counted(count: number, one: string, many = `${one}s`): string {
	return `${count} ${count === 1 ? one : many}`;
}

/** `99.4 %`; never 100 % for less, and never 0 % for more. */
export function humanShare(share: number): string {
	const percent = share * 100;
	if (percent > 99.9 && percent < 100) return '> 99.9 %';
	if (percent > 0 && percent < 0.1) return '< 0.1 %';
	return `${Number(percent.toFixed(1))} %`;
}
