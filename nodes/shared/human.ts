const SIZES = ['bytes', 'KB', 'MB', 'GB', 'TB'];
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `12.3 MB`, with 1000 bytes to the kilobyte. */
export function humanBytes(bytes: number): string {
	const step = Math.min(SIZES.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
	return `${step === 0 ? bytes : (bytes / 1000 ** step).toFixed(1)} ${SIZES[step]}`;
}

/** `3 h ago`, rounded down; hours up to two days, `just now` below a minute. */
export function humanAge(since: Date, now = new Date()): string {
	const seconds = (now.getTime() - since.getTime()) / 1000;
	if (seconds >= 2 * DAY) return `${Math.floor(seconds / DAY)} days ago`;
	if (seconds >= HOUR) return `${Math.floor(seconds / HOUR)} h ago`;
	if (seconds >= MINUTE) return `${Math.floor(seconds / MINUTE)} min ago`;
	return 'just now';
}

/** `22 Nov, 18:00 CET`: day and time in an IANA time zone. */
export function humanTime(at: Date, timeZone: string): string {
	return at.toLocaleString('en-GB', {
		...{ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
		...{ timeZone, timeZoneName: 'short' },
	});
}
