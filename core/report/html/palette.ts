/** Each colour on a light ground, and what takes its place on a dark one. */
const COLOURS = {
	page: ['#f3f5f8', '#11151b'],
	card: ['#ffffff', '#1a2029'],
	ink: ['#18212d', '#e7ecf2'],
	muted: ['#576373', '#a6b1bf'],
	line: ['#d8dee6', '#343e4b'],
	bar: ['#3567c9', '#7ba7f7'],
	area: ['#dbe6fa', '#25385c'],
	good: ['#13724a', '#52c796'],
	warn: ['#8a5a00', '#e3b64f'],
	bad: ['#b9302a', '#ff8278'],
	unknown: ['#6b7685', '#98a4b3'],
	none: ['#c6ced8', '#4a5564'],
} as const;

export type Colour = keyof typeof COLOURS;

/** The colour on a light ground, which pictures and print have. */
export function light(colour: Colour): string {
	return COLOURS[colour][0];
}

/** @see light */
export function dark(colour: Colour): string {
	return COLOURS[colour][1];
}

/** Rules that turn the colours of the pictures into their dark ones: they are attributes there. */
export function darkPictures(): string {
	return Object.values(COLOURS)
		.map(
			([from, to]) =>
				`svg [fill="${from}"] { fill: ${to}; } svg [stroke="${from}"] { stroke: ${to}; }`,
		)
		.join('\n');
}
