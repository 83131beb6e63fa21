/** The settings of an env file, as the file gives them: nothing is interpolated. */
export interface EnvFile {
	/** By name; of a name that occurs more than once, the last value. */
	readonly values: ReadonlyMap<string, string>;
	/** Names that occur more than once. */
	readonly repeated: readonly string[];
}

/** What could be read, or why nothing was: a part of a sentence, which never quotes the file. */
export type EnvReading = { readonly env: EnvFile } | { readonly problem: string };

const SKIPPED = /^[ \t]*(?:#|$)/;
const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=/;
const QUOTES = ['"', "'", '`'];
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * Reads an env file (`NAME=value` lines) strictly: a file with one line that is not understood is
 * refused whole, because a name that was guessed may be a piece of a secret, e.g. the last line of a
 * key without quotes.
 *
 * Values may be quoted (`"`, `'` or a backtick) and then go over several lines; within double quotes a
 * backslash escapes. Without quotes a value ends where a blank and `#` begin a comment. Lines may begin
 * with `export`.
 */
export function readEnvFile(content: Buffer): EnvReading {
	const text = decode(content);
	if (text === undefined) return { problem: 'it is not text in UTF-8' };
	const values = new Map<string, string>();
	const repeated = new Set<string>();
	for (let at = 0; at < text.length;) {
		const end = endOfLine(text, at);
		const line = text.slice(at, end);
		if (SKIPPED.test(line)) {
			at = end + 1;
			continue;
		}
		const [head, name] = ASSIGNMENT.exec(line) ?? [];
		const read = head === undefined ? undefined : readValue(text, at + head.length);
		if (name === undefined || read === undefined) {
			const number = text.slice(0, at).split('\n').length;
			const what = name === undefined ? 'is not NAME=value' : 'has quotes that do not match';
			return { problem: `line ${number} ${what}` };
		}
		if (values.has(name)) repeated.add(name);
		values.set(name, read.value);
		at = read.end + 1;
	}
	return { env: { values, repeated: [...repeated] } };
}

/** Without a byte order mark, and with the line ends of Unix. */
function decode(content: Buffer): string | undefined {
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(content).replaceAll('\r\n', '\n');
	} catch {
		return undefined;
	}
}

/** The value that begins at `start`, and the end of the line that it ends on. */
function readValue(text: string, start: number): { value: string; end: number } | undefined {
	const lineEnd = endOfLine(text, start);
	const raw = text.slice(start, lineEnd);
	const open = start + raw.length - raw.trimStart().length;
	const quote = QUOTES.find((one) => one === text[open]);
	if (quote === undefined) {
		const comment = raw.search(/[ \t]#/);
		return { value: (comment < 0 ? raw : raw.slice(0, comment)).trim(), end: lineEnd };
	}
	const close = closingQuote(text, open, quote);
	if (close === undefined) return undefined;
	const end = endOfLine(text, close + 1);
	if (!SKIPPED.test(text.slice(close + 1, end))) return undefined;
	const quoted = text.slice(open + 1, close);
	return { value: quote === '"' ? unescape(quoted) : quoted, end };
}

function closingQuote(text: string, open: number, quote: string): number | undefined {
	for (let at = open + 1; at < text.length; at++) {
		if (text[at] === quote) return at;
		if (text[at] === '\\' && quote === '"') at++;
	}
	return undefined;
}

function unescape(quoted: string): string {
	return quoted.replace(/\\([nrt"\\$])/g, (_whole, escaped: string) => ESCAPED[escaped] ?? escaped);
}

function endOfLine(text: string, from: number): number {
	const end = text.indexOf('\n', from);
	return end < 0 ? text.length : end;
}
