const LINE_END = Buffer.from('\r\n');

/** A command as the protocol has it: RESP, an array of bulk strings. */
export function encodeCommand(words: readonly (string | Buffer)[]): Buffer {
	return Buffer.concat(commandParts(words));
}

/** What to write before and after a word of so many bytes, which stands between the others. */
export function commandAround(
	before: readonly (string | Buffer)[],
	bytes: number,
	after: readonly (string | Buffer)[],
): { head: Buffer; tail: Buffer } {
	const words = before.length + 1 + after.length;
	return {
		head: Buffer.concat([
			...[Buffer.from(`*${words}\r\n`), ...bulkStrings(before)],
			Buffer.from(`$${bytes}\r\n`),
		]),
		tail: Buffer.concat([LINE_END, ...bulkStrings(after)]),
	};
}

/** The same as `encodeCommand` in pieces, so that a large word need not be copied. */
export function commandParts(words: readonly (string | Buffer)[]): Buffer[] {
	return [Buffer.from(`*${words.length}\r\n`), ...bulkStrings(words)];
}

function bulkStrings(words: readonly (string | Buffer)[]): Buffer[] {
	return words.flatMap((word) => {
		const bytes = typeof word === 'string' ? Buffer.from(word) : word;
		return [Buffer.from(`$${bytes.length}\r\n`), bytes, LINE_END];
	});
}
