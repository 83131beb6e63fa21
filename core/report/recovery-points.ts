/** A stretch of time, in milliseconds since 1970. */
export interface Window {
	readonly from: number;
	readonly to: number;
}

/** A time during which no newer backup came into being. */
export interface Gap {
	readonly seconds: number;
	/** The backup before it; absent where none is known. */
	readonly from?: number;
	readonly to: number;
	/** Whether it lasts until now. */
	readonly open: boolean;
}

/** How well the recovery points of one name cover a window. */
export interface Coverage {
	/** Consistency point of the newest backup. */
	readonly newest?: number;
	readonly ageSeconds?: number;
	/** The longest gap that reaches into the window. */
	readonly worstGap: Gap;
	/** The same without what lies before the first known backup; absent where there is none. */
	readonly worstGapSinceFirst?: Gap;
	/** The first known backup, where the window has begun before it. */
	readonly firstKnown?: number;
	/** Part of the window, 0 to 1, in which the newest backup was no older than the target. */
	readonly withinTarget?: number;
	/** The same for the time since the first known backup. */
	readonly withinTargetSinceFirst?: number;
}

/**
 * Measures recovery points against a window that ends now, and against a target in seconds where there
 * is one. Points later than now are left out: whoever calls says so.
 */
export function measureCoverage(
	points: readonly number[],
	window: Window,
	targetSeconds?: number,
): Coverage {
	const known = [...new Set(points)].filter((at) => at <= window.to).sort((a, b) => a - b);
	const gaps = gapsIn(known, window);
	const [first] = gaps;
	const newest = known.at(-1);
	const isLate = first.from === undefined && newest !== undefined;
	return {
		...(newest !== undefined && { newest, ageSeconds: (window.to - newest) / 1000 }),
		worstGap: worst(first, gaps),
		...(newest !== undefined && worstSinceFirst(gaps)),
		...(isLate && { firstKnown: first.to }),
		...(targetSeconds !== undefined && {
			withinTarget: shareWithin(gaps, window, targetSeconds),
			...(newest !== undefined && {
				withinTargetSinceFirst: shareWithin(
					gaps,
					isLate ? { from: first.to, to: window.to } : window,
					targetSeconds,
				),
			}),
		}),
	};
}

/** One bar of a picture of the age over time. */
export interface AgeBucket extends Window {
	/** The highest age of the newest backup in it; absent where no backup is known before its end. */
	readonly worstSeconds?: number;
}

/** Cuts the window into equal parts and takes the worst age of each. */
export function ageOverTime(points: readonly number[], window: Window, count: number): AgeBucket[] {
	const known = [...new Set(points)].filter((at) => at <= window.to).sort((a, b) => a - b);
	const width = (window.to - window.from) / count;
	let next = 0;
	let last: number | undefined;
	while ((known[next] ?? Infinity) <= window.from) last = known[next++];
	return Array.from({ length: count }, (_, index) => {
		const from = window.from + index * width;
		const to = index === count - 1 ? window.to : from + width;
		let worstSeconds: number | undefined;
		const see = (until: number) => {
			if (last === undefined) return;
			worstSeconds = Math.max(worstSeconds ?? 0, (until - last) / 1000);
		};
		for (let at = known[next]; at !== undefined && at <= to; at = known[next]) {
			see(at);
			last = at;
			next++;
		}
		see(to);
		return { from, to, ...(worstSeconds !== undefined && { worstSeconds }) };
	});
}

/** Every gap that reaches into the window, oldest first; never none. */
function gapsIn(known: readonly number[], { from, to }: Window): [Gap, ...Gap[]] {
	const before = known.findLast((at) => at <= from);
	const inside = known.filter((at) => at > from);
	const gaps = inside.map((at, index): Gap => {
		const since = index === 0 ? before : inside[index - 1];
		return gap(since, at, from, false);
	});
	const [first, ...more] = [...gaps, gap(inside.at(-1) ?? before, to, from, true)];
	return [first as Gap, ...more];
}

function gap(since: number | undefined, to: number, windowFrom: number, open: boolean): Gap {
	const seconds = (to - (since ?? windowFrom)) / 1000;
	return { seconds, ...(since !== undefined && { from: since }), to, open };
}

function worstSinceFirst(gaps: readonly Gap[]): { worstGapSinceFirst?: Gap } {
	const [first, ...others] = gaps.filter(({ from }) => from !== undefined);
	return first ? { worstGapSinceFirst: worst(first, others) } : {};
}

function worst(first: Gap, others: readonly Gap[]): Gap {
	return others.reduce((found, one) => (one.seconds > found.seconds ? one : found), first);
}

function shareWithin(gaps: readonly Gap[], window: Window, targetSeconds: number): number {
	const within = gaps.reduce((sum, { from, to }) => {
		if (from === undefined) return sum;
		const end = Math.min(to, from + targetSeconds * 1000);
		return sum + Math.max(0, end - Math.max(from, window.from));
	}, 0);
	// An instant without a length has its newest backup at that very instant.
	return window.to > window.from ? within / (window.to - window.from) : 1;
}
