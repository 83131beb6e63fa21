import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/**
 * The payload of the age format (age-encryption.org/v1, "Payload"), with the ciphers of Node.js, which
 * are many times faster than those of a library in JavaScript: a nonce, then the content in chunks
 * of 64 KiB, each with a tag of its own. The number of a chunk, and whether it is the last, are part
 * of its nonce, so that none can be left out, moved or added.
 */
const CIPHER = 'chacha20-poly1305';
const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const NONCE_BYTES = 16;
const AEAD = { authTagLength: TAG_BYTES };

/** What was opened does not hold together: it is damaged, or not the payload of this key. */
export class SealBrokenError extends Error {}

/** Encrypts everything in `source`; yields one sealed chunk at a time. */
export async function* sealPayload(
	source: AsyncIterable<Uint8Array>,
	fileKey: Uint8Array,
): AsyncGenerator<Buffer, void> {
	const nonce = randomBytes(NONCE_BYTES);
	yield nonce;
	const key = streamKey(fileKey, nonce);
	const counter = new ChunkCounter();
	for await (const { bytes, isLast } of chunksOf(source, CHUNK_BYTES)) {
		const cipher = createCipheriv(CIPHER, key, counter.next(isLast), AEAD);
		// The cipher has nothing left for its end: it works byte by byte.
		const sealed = cipher.update(bytes);
		cipher.final();
		yield Buffer.concat([sealed, cipher.getAuthTag()]);
	}
}

/**
 * Decrypts what `sealPayload` made; yields only what its tag has proved. Throws `SealBrokenError` for
 * anything that is not a whole payload; errors of `source` pass unchanged.
 */
export async function* openPayload(
	source: AsyncIterable<Uint8Array>,
	fileKey: Uint8Array,
): AsyncGenerator<Buffer, void> {
	let key: Buffer | undefined;
	const counter = new ChunkCounter();
	for await (const { bytes, isLast } of chunksOf(source, CHUNK_BYTES + TAG_BYTES, NONCE_BYTES)) {
		if (key === undefined) {
			if (bytes.length < NONCE_BYTES || isLast) throw new SealBrokenError();
			key = streamKey(fileKey, bytes);
			continue;
		}
		const isEmpty = bytes.length <= TAG_BYTES;
		// Only an empty file has an empty chunk.
		if (bytes.length < TAG_BYTES || (isEmpty && counter.used > 0)) throw new SealBrokenError();
		yield openChunk(key, counter.next(isLast), bytes);
	}
}

function openChunk(key: Buffer, nonce: Buffer, bytes: Uint8Array): Buffer {
	const decipher = createDecipheriv(CIPHER, key, nonce, AEAD);
	decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
	const opened = decipher.update(bytes.subarray(0, -TAG_BYTES));
	try {
		decipher.final();
	} catch {
		throw new SealBrokenError();
	}
	return opened;
}

function streamKey(fileKey: Uint8Array, nonce: Uint8Array): Buffer {
	return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
}

/** Nonces: 11 bytes count the chunks, the highest byte first; the twelfth marks the last one. */
class ChunkCounter {
	used = 0;
	private readonly nonce = Buffer.alloc(12);

	/** Valid until the next call. */
	next(isLast: boolean): Buffer {
		// 48 bits of counter are 16 exabytes.
		this.nonce.writeUIntBE(this.used++, 5, 6);
		this.nonce[11] = isLast ? 1 : 0;
		return this.nonce;
	}
}

/**
 * Cuts a stream into pieces of `size` bytes, the first of another size if `first` is given. The last
 * may be shorter, or empty where there is nothing to cut. A piece is valid until the next is asked for.
 */
async function* chunksOf(
	source: AsyncIterable<Uint8Array>,
	size: number,
	first = size,
): AsyncGenerator<{ bytes: Uint8Array; isLast: boolean }, void> {
	const held = Buffer.allocUnsafeSlow(size);
	let filled = 0;
	let wanted = first;
	for await (const chunk of source) {
		for (let at = 0; at < chunk.length;) {
			// Which one is the last shows only with the byte behind it.
			if (filled === wanted) {
				yield { bytes: held.subarray(0, filled), isLast: false };
				[filled, wanted] = [0, size];
			}
			const left = chunk.length - at;
			if (filled === 0 && left > wanted) {
				yield { bytes: chunk.subarray(at, at + wanted), isLast: false };
				at += wanted;
				wanted = size;
				continue;
			}
			const taken = Math.min(wanted - filled, left);
			held.set(chunk.subarray(at, at + taken), filled);
			filled += taken;
			at += taken;
		}
	}
	yield { bytes: held.subarray(0, filled), isLast: true };
}
