const LINE_END = Buffer.from('\r\n');

/** A command as the protocol has it: RESP, an array of bulk strings. */
export function encodeCommand(words: readonly (string | Buffer)[]): Buffer {
	return Buffer.concat(commandParts(words));
}

/** The same in pieces, so that a large word need not be copied. */
export function commandParts(words: readonly (string | Buffer)[]): Buffer[] {
	return [
		Buffer.from(`*${words.length}\r\n`),
		...words.flatMap((word) => {
			const bytes = typeof word === 'string' ? Buffer.from(word) : word;
			return [Buffer.from(`$${bytes.length}\r\n`), bytes, LINE_END];
		}),
	];
}
