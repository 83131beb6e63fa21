type XmlValue = string | number | boolean | undefined | XmlNode | XmlValue[];
export interface XmlNode {
	readonly [name: string]: XmlValue;
}

/** A document of elements; arrays repeat their element, undefined leaves it out. */
export function toXml(root: string, content: XmlNode): string {
	return `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, content)}`;
}

function element(name: string, value: XmlValue): string {
	if (value === undefined) return '';
	if (Array.isArray(value)) return value.map((one) => element(name, one)).join('');
	if (typeof value !== 'object') return `<${name}>${escape(String(value))}</${name}>`;
	const inner = Object.entries(value).map(([child, content]) => element(child, content));
	return `<${name}>${inner.join('')}</${name}>`;
}

/** The texts of all elements of this name, in order; enough for the flat documents that clients send. */
export function elements(xml: string, name: string): string[] {
	const pattern = new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'g');
	return [...xml.matchAll(pattern)].map((match) => match[1] ?? '');
}

/** The text of the first element of this name, unescaped. */
export function firstText(xml: string, name: string): string | undefined {
	const [text] = elements(xml, name);
	return text === undefined ? undefined : unescape(text.trim());
}

function escape(text: string): string {
	return text
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;')
		.replaceAll('"', '&quot;');
}

function unescape(text: string): string {
	return text
		.replaceAll('&lt;', '<')
		.replaceAll('&gt;', '>')
		.replaceAll('&quot;', '"')
		.replaceAll('&#34;', '"')
		.replaceAll('&apos;', "'")
		.replaceAll('&amp;', '&');
}
