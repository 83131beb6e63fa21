const SIZES = ['bytes', 'KB', 'MB', 'GB', 'TB'];
const AGES: ReadonlyArray<readonly [string, number]> = [
	['day', 86_400],
	['hour', 3_600],
	['minute', 60],
];

/** `12.3 MB`, with 1000 bytes to the kilobyte. */
export function humanBytes(bytes: number): string {
	const step = Math.min(SIZES.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
	return `${step === 0 ? bytes : (bytes / 1000 ** step).toFixed(1)} ${SIZES[step]}`;
}

/** `3 hours ago`, rounded down; `just now` below a minute. */
export function humanAge(since: Date, now = new Date()): string {
	const seconds = (now.getTime() - since.getTime()) / 1000;
	for (const [unit, length] of AGES) {
		const count = Math.floor(seconds / length);
		if (count >= 1) return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
	}
	return 'just now';
}
