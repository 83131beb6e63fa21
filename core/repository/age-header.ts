import type { Encrypter } from 'age-encryption';

/** Of the nonce and of the empty last chunk that follow the header of an empty file. */
const EMPTY_PAYLOAD_BYTES = 16 + 16;
/** A header holds a few hundred bytes per recipient. */
const LONGEST_HEADER = 1024 * 1024;
/** Behind it stands the header's own checksum, up to the end of the line. */
const LAST_LINE = Buffer.from('\n---');

export interface LockedHeader {
	header: Uint8Array;
	/** What the payload is encrypted with; 16 bytes. */
	fileKey: Uint8Array;
}

/**
 * Makes a header that locks a new file key for every recipient of `encrypter`. The library keeps that
 * key to itself, but has each recipient wrap it: one more, which adds nothing to the header, is shown
 * it that way.
 */
export async function lockHeader(encrypter: Encrypter): Promise<LockedHeader> {
	let fileKey = new Uint8Array(0);
	const witness = (key: Uint8Array) => {
		fileKey = Uint8Array.from(key);
		return [];
	};
	encrypter.addRecipient({ wrapFileKey: witness });
	const emptyFile = await encrypter.encrypt(new Uint8Array(0));
	return { header: emptyFile.subarray(0, -EMPTY_PAYLOAD_BYTES), fileKey };
}

/**
 * Splits an age file into its header and all that follows, which is read on demand. There is no header
 * where none ends within the length that one can have; the rest is then what was not looked at.
 */
export async function splitHeader(
	source: AsyncIterable<Uint8Array>,
): Promise<{ header: Buffer | undefined; rest: AsyncGenerator<Uint8Array, void> }> {
	const chunks = source[Symbol.asyncIterator]();
	let seen = Buffer.alloc(0);
	while (seen.length < LONGEST_HEADER) {
		const next = await chunks.next();
		if (next.done) break;
		seen = Buffer.concat([seen, next.value]);
		const lastLine = seen.indexOf(LAST_LINE);
		const end = lastLine < 0 ? -1 : seen.indexOf('\n', lastLine + LAST_LINE.length) + 1;
		if (end <= 0) continue;
		const unread = next.value.subarray(next.value.length - (seen.length - end));
		return { header: seen.subarray(0, end), rest: resume(unread, chunks) };
	}
	return { header: undefined, rest: resume(undefined, chunks) };
}

async function* resume(
	first: Uint8Array | undefined,
	chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
	if (first) yield first;
	yield* { [Symbol.asyncIterator]: () => chunks };
}
