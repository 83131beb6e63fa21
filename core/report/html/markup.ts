/** Text that is markup already. Only `html` and the charts make it. */
export class Markup {
	constructor(readonly text: string) {}
}

type Value = Markup | string | number | undefined | readonly Value[];

/** Builds markup; every value that is not markup itself is escaped. Arrays are joined, nothing is empty. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
	return new Markup(
		parts
			.map((part, index) => part + (index < values.length ? textOf(values[index]) : ''))
			.join(''),
	);
}

/** Escapes what has a meaning in HTML, in text as well as in attributes in double quotes. */
export function escapeHtml(text: string): string {
	const plain = text
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;')
		.replaceAll('"', '&quot;')
		.replaceAll("'", '&#39;');
	// Control characters have no place in HTML, and those that turn the direction of text could make a
	// line read as another one.
	return plain.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, ' ');
}

function textOf(value: Value): string {
	if (value === undefined) return '';
	if (value instanceof Markup) return value.text;
	if (typeof value === 'object') return value.map(textOf).join('');
	return escapeHtml(String(value));
}
