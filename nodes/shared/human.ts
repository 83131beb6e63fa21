import { CLOCK_TOLERANCE_MS } from '../../core/repository/clock-skew';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

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
