/** A command as the protocol has it: RESP, an array of bulk strings. */
export function encodeCommand(words: readonly (string | Buffer)[]): Buffer {
	const parts: Buffer[] = [Buffer.from(`*${words.length}\r\n`)];
	for (const word of words) {
		const bytes = typeof word === 'string' ? Buffer.from(word) : word;
		parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
	}
	return Buffer.concat(parts);
}
