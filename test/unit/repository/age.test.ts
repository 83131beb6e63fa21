import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { Encrypter } from 'age-encryption';
import * as fc from 'fast-check';
import { IntegrityError, WrongKeyError } from '../../../core/errors';
import { decryption, encryption } from '../../../core/repository/age';
import { openPayload, SealBrokenError } from '../../../core/repository/age-payload';
import { decrypterFor, encrypterFor, type Encryption } from '../../../core/repository/encryption';
import { contentOf, newKeyPair } from '../../support/repository/sample-backup';

const CHUNK = 64 * 1024;
const SEALED = CHUNK + 16;
const NONCE = 16;

type Keys = Encryption & { kind: 'recipients' };

async function lock(keys: Keys, content: Buffer): Promise<Buffer> {
	const stage = encryption(encrypterFor(keys));
	return await contentOf(Readable.from(stage(Readable.from([content], { objectMode: false }))));
}

async function open(keys: Keys, pieces: Iterable<Buffer>): Promise<Buffer> {
	const stored = { kind: 'age-recipients' as const, recipients: keys.recipients };
	const stage = decryption(decrypterFor(keys, stored));
	return await contentOf(Readable.from(stage(Readable.from(pieces))));
}

function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
	for (let at = 0, turn = 0; at < bytes.length; turn++) {
		const size = sizes[turn % sizes.length] ?? 1;
		yield bytes.subarray(at, at + size);
		at += size;
	}
}

/** Where the payload begins: behind the line with the checksum of the header. */
function payloadStart(locked: Buffer): number {
	return locked.indexOf('\n', locked.indexOf('\n---') + 1) + 1;
}

const damage = async (keys: Keys, bytes: Buffer) =>
	await expect(open(keys, [bytes])).rejects.toBeInstanceOf(IntegrityError);

describe('the age format', () => {
	it('brings back what it locked, however the bytes are cut', async () => {
		const keys = await newKeyPair();
		await fc.assert(
			fc.asyncProperty(
				fc.constantFrom(0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5),
				fc.array(fc.integer({ min: 500, max: 200_000 }), { minLength: 1, maxLength: 3 }),
				async (size, sizes) => {
					const content = randomBytes(size);
					const opened = await open(keys, cut(await lock(keys, content), sizes));
					expect(opened.equals(content)).toBe(true);
				},
			),
			{ numRuns: 30 },
		);
	});

	it('opens a file that comes byte by byte', async () => {
		const keys = await newKeyPair();
		const opened = await open(keys, cut(await lock(keys, Buffer.from('a few bytes')), [1]));
		expect(opened.toString()).toBe('a few bytes');
	});

	it('never locks twice with one key', async () => {
		const keys = await newKeyPair();
		const [one, other] = [await lock(keys, Buffer.alloc(100)), await lock(keys, Buffer.alloc(100))];
		expect(one.subarray(payloadStart(one))).not.toEqual(other.subarray(payloadStart(other)));
	});

	it('opens what the library locks', async () => {
		const keys = await newKeyPair();
		const encrypter = new Encrypter();
		for (const recipient of keys.recipients) encrypter.addRecipient(recipient);
		const content = randomBytes(CHUNK + 1);
		const opened = await open(keys, [Buffer.from(await encrypter.encrypt(content))]);
		expect(opened.equals(content)).toBe(true);
	});
});

describe('a file in the age format that is not whole', () => {
	it('is refused when it is cut anywhere', async () => {
		const keys = await newKeyPair();
		const locked = await lock(keys, randomBytes(2 * CHUNK));
		const start = payloadStart(locked);
		const cuts = [0, 10, start - 1, start, start + NONCE - 1, start + NONCE, start + NONCE + 15];
		for (const at of [...cuts, start + NONCE + SEALED, locked.length - 1]) {
			await damage(keys, locked.subarray(0, at));
		}
	});

	it('is refused when bytes follow it, or a chunk is repeated, left out or moved', async () => {
		const keys = await newKeyPair();
		const locked = await lock(keys, randomBytes(3 * CHUNK));
		const head = locked.subarray(0, payloadStart(locked) + NONCE);
		const chunk = (index: number) =>
			locked.subarray(head.length + index * SEALED, head.length + (index + 1) * SEALED);
		for (const chunks of [[0, 1, 2, 2], [0, 2], [1, 0, 2], [0, 1], [2], []]) {
			await damage(keys, Buffer.concat([head, ...chunks.map(chunk)]));
		}
		await damage(keys, Buffer.concat([locked, Buffer.alloc(1)]));
		await damage(keys, Buffer.concat([locked, locked]));
	});

	it('is refused when any byte has changed', async () => {
		const keys = await newKeyPair();
		const locked = await lock(keys, randomBytes(CHUNK + 100));
		await fc.assert(
			fc.asyncProperty(fc.nat(locked.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
				const changed = Buffer.from(locked);
				changed[at] = (changed[at] ?? 0) ^ flip;
				// In the header it may look like a file for another key; the stored checksum tells which.
				return expect(open(keys, [changed])).rejects.toThrow(/damaged|another key/);
			}),
			{ numRuns: 100 },
		);
	});

	it('is refused without a header, without reading it all into memory', async () => {
		const keys = await newKeyPair();
		await damage(keys, Buffer.alloc(3 * 1024 * 1024, 'age-encryption.org/v1 '));
	});

	it('is refused when its last chunk is empty, unless that is the only one', async () => {
		const [fileKey, nonce] = [randomBytes(16), randomBytes(NONCE)];
		const key = Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
		const seal = (counter: number, last: 0 | 1, content: Buffer) => {
			const chunkNonce = Buffer.alloc(12);
			chunkNonce[10] = counter;
			chunkNonce[11] = last;
			const cipher = createCipheriv('chacha20-poly1305', key, chunkNonce, { authTagLength: 16 });
			return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
		};
		const content = randomBytes(CHUNK);
		const opened = async (...chunks: Buffer[]) =>
			await contentOf(Readable.from(openPayload(Readable.from([nonce, ...chunks]), fileKey)));

		expect((await opened(seal(0, 1, content))).equals(content)).toBe(true);
		expect(await opened(seal(0, 1, Buffer.alloc(0)))).toHaveLength(0);
		const withEmptyEnd = opened(seal(0, 0, content), seal(1, 1, Buffer.alloc(0)));
		await expect(withEmptyEnd).rejects.toBeInstanceOf(SealBrokenError);
	});
});

describe('a file in the age format for another key', () => {
	it('is told from a damaged one', async () => {
		const [keys, other] = [await newKeyPair(), await newKeyPair()];
		const locked = await lock(keys, Buffer.from('whole'));
		await expect(open(other, [locked])).rejects.toBeInstanceOf(WrongKeyError);
	});

	it('fails with the failure of its source where that has one', async () => {
		const [keys, other] = [await newKeyPair(), await newKeyPair()];
		const locked = await lock(keys, Buffer.from('whole'));
		const cutOff = function* () {
			yield locked;
			throw new Error('the disk is gone');
		};
		await expect(open(other, cutOff())).rejects.toThrow('the disk is gone');
		await expect(open(keys, cutOff())).rejects.toThrow('the disk is gone');
	});
});
