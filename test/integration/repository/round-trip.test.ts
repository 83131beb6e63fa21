import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { IntegrityError, WrongKeyError } from '../../../core/errors';
import type { Encryption } from '../../../core/repository/encryption';
import type { Compression } from '../../../core/repository/manifest';
import { openPayload } from '../../../core/repository/read-backup';
import { openRepository } from '../../../core/repository/repository';
import { verifyStored } from '../../../core/repository/verify-stored';
import { writeBackup } from '../../../core/repository/write-backup';
import { payloadBelow } from '../../support/repository/files-below';
import {
	contentOf,
	newKeyPair,
	requestFor,
	sourceOf,
} from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const COMPRESSIONS: Compression[] = [
	{ algorithm: 'zstd', level: 3 },
	{ algorithm: 'gzip', level: 6 },
	{ algorithm: 'none' },
];
const COMBINATIONS = COMPRESSIONS.flatMap((compression) =>
	(['none', 'recipients'] as const).map((encryption) => ({ compression, encryption })),
);

const directory = useTemporaryDirectory();
const encryptionOf = async (kind: 'none' | 'recipients'): Promise<Encryption> =>
	kind === 'none' ? { kind } : await newKeyPair();

let count = 0;
/** A fresh repository: the tests of one file write many backups with one id. */
function repositoryWith(encryption: Encryption) {
	const path = join(directory.path, `r${count++}`);
	return { path, repository: openRepository({ directory: { path }, encryption }) };
}

/** Half noise and half repetition, so that every compression has something to do. */
function payloadOf(bytes: number): Buffer {
	const half = Math.ceil(bytes / 2);
	return Buffer.concat([randomBytes(half), Buffer.alloc(bytes - half, 'all work and no play ')]);
}

describe.each(COMBINATIONS)('$compression.algorithm, encryption $encryption', (combination) => {
	const { compression } = combination;

	it('gives back exactly what was written, whatever the size and the pieces', async () => {
		const encryption = await encryptionOf(combination.encryption);
		const sizes = fc.oneof(
			fc.constantFrom(0, 1, 65_535, 65_536, 65_537, 131_072),
			fc.integer({ min: 0, max: 400_000 }),
		);
		await fc.assert(
			fc.asyncProperty(sizes, fc.integer({ min: 500, max: 200_000 }), async (bytes, piece) => {
				const { repository } = repositoryWith(encryption);
				const payload = payloadOf(bytes);
				const request = requestFor(sourceOf(payload, piece), { compression });
				const manifest = await writeBackup(repository, request);
				const read = await openPayload(repository, request);
				expect((await contentOf(read.stream)).equals(payload)).toBe(true);
				expect(read.manifest).toEqual(JSON.parse(JSON.stringify(manifest)));
				expect(manifest.payload.raw.bytes).toBe(bytes);
			}),
			{ numRuns: 8 },
		);
	});

	it('reports every flipped, missing or extra byte before the end', async () => {
		const encryption = await encryptionOf(combination.encryption);
		const { path, repository } = repositoryWith(encryption);
		const request = requestFor(payloadOf(150_000), { compression });
		await writeBackup(repository, request);
		const file = payloadBelow(path);
		const stored = readFileSync(file);
		// The first bytes are headers, where damage looks like anything but damage.
		const place = fc.oneof(
			fc.integer({ min: 0, max: 250 }),
			fc.integer({ min: 0, max: stored.length - 1 }),
			fc.integer({ min: stored.length - 40, max: stored.length - 1 }),
		);
		const damage = fc.oneof(
			fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(([at, bits]) => {
				const copy = Buffer.from(stored);
				copy[at] = (copy[at] ?? 0) ^ bits;
				return copy;
			}),
			place.map((at) => stored.subarray(0, at)),
			place.map((at) => Buffer.concat([stored.subarray(0, at), stored.subarray(at + 1)])),
			fc
				.uint8Array({ minLength: 1, maxLength: 300 })
				.map((extra) => Buffer.concat([stored, Buffer.from(extra)])),
			fc.constant(Buffer.concat([stored, stored])),
			fc
				.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 300 }))
				.map(([at, extra]) =>
					Buffer.concat([stored.subarray(0, at), Buffer.from(extra), stored.subarray(at)]),
				),
		);
		await fc.assert(
			fc.asyncProperty(damage, async (damaged) => {
				fc.pre(!damaged.equals(stored));
				writeFileSync(file, damaged);
				const { stream } = await openPayload(repository, request);
				await expect(contentOf(stream)).rejects.toBeInstanceOf(IntegrityError);
				expect(await verifyStored(repository, request)).toMatchObject([{ state: 'damaged' }]);
			}),
			{ numRuns: 40 },
		);
		writeFileSync(file, stored);
		expect(await verifyStored(repository, request)).toMatchObject([
			{ state: 'whole', bytes: stored.length },
		]);
	});
});

describe('a wrong key', () => {
	it('is called a wrong key where the bytes are whole, and damage where they are not', async () => {
		const { path, repository } = repositoryWith(await newKeyPair());
		const request = requestFor(payloadOf(300_000));
		await writeBackup(repository, request);
		const other = openRepository({ directory: { path }, encryption: await newKeyPair() });
		const read = async () => await contentOf((await openPayload(other, request)).stream);
		await expect(read()).rejects.toBeInstanceOf(WrongKeyError);

		const file = payloadBelow(path);
		const stored = readFileSync(file);
		stored[stored.length - 1] = (stored.at(-1) ?? 0) ^ 1;
		writeFileSync(file, stored);
		await expect(read()).rejects.toBeInstanceOf(IntegrityError);
	});

	it('is told from a right passphrase', async () => {
		const { path, repository } = repositoryWith({
			kind: 'passphrase',
			passphrase: 'correct horse',
		});
		const request = requestFor(payloadOf(1000));
		await writeBackup(repository, request);
		const { stream } = await openPayload(repository, request);
		expect(await contentOf(stream)).toHaveLength(1000);

		const wrong = openRepository({
			directory: { path },
			encryption: { kind: 'passphrase', passphrase: 'battery staple' },
		});
		await expect(contentOf((await openPayload(wrong, request)).stream)).rejects.toBeInstanceOf(
			WrongKeyError,
		);
	});

	it('is not blamed for a payload without any header, however long', async () => {
		const { path, repository } = repositoryWith(await newKeyPair());
		const request = requestFor(payloadOf(1000));
		await writeBackup(repository, request);
		writeFileSync(payloadBelow(path), Buffer.alloc(5 * 1024 * 1024));
		const { stream } = await openPayload(repository, request);
		await expect(contentOf(stream)).rejects.toBeInstanceOf(IntegrityError);
	});
});

it('opens with any of several keys', async () => {
	const [a, b, c] = [await newKeyPair(), await newKeyPair(), await newKeyPair()];
	const recipients = [...a.recipients, ...b.recipients];
	const { path, repository } = repositoryWith({ kind: 'recipients', recipients, identities: [] });
	const request = requestFor(payloadOf(1000));
	const manifest = await writeBackup(repository, request);
	expect(manifest.payload.encryption).toEqual({ kind: 'age-recipients', recipients });
	const identities = [...c.identities, ...b.identities];
	const reader = openRepository({
		directory: { path },
		encryption: { kind: 'recipients', recipients, identities },
	});
	expect(await contentOf((await openPayload(reader, request)).stream)).toHaveLength(1000);
});
