import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { decryption, encryption } from '../../../core/repository/age';
import { decrypterFor, encrypterFor } from '../../../core/repository/encryption';
import { contentOf, newKeyPair } from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const CHUNK = 64 * 1024;
/** Around the chunks of the format, and several of them. */
const SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 5_000_000];
const MAX_OUTPUT = 2 ** 24;

const directory = useTemporaryDirectory();

/** `bytes` in pieces that never fit the chunks of the format. */
function pieces(bytes: Buffer, size = 70_001): Readable {
	const parts: Buffer[] = [];
	for (let at = 0; at < bytes.length; at += size) parts.push(bytes.subarray(at, at + size));
	return Readable.from(parts, { objectMode: false });
}

async function twoKeyPairs() {
	const [one, other] = [await newKeyPair(), await newKeyPair()];
	const both = { ...one, recipients: [...one.recipients, ...other.recipients] };
	return { one, other, both };
}

describe.each(SIZES)('a payload of %d bytes', (size) => {
	const content = randomBytes(size);

	it('is opened by the age command, for each of several recipients', async () => {
		const { one, other, both } = await twoKeyPairs();
		const locked = await contentOf(Readable.from(encryption(encrypterFor(both))(pieces(content))));
		for (const [name, keys] of Object.entries({ one, other })) {
			const file = join(directory.path, name);
			writeFileSync(file, `${keys.identities[0]}\n`);
			const opened = execFileSync('age', ['-d', '-i', file], {
				...{ input: locked, maxBuffer: MAX_OUTPUT },
			});
			expect(opened.equals(content)).toBe(true);
		}
	});

	it('is opened when the age command has locked it for several recipients', async () => {
		const { other, both } = await twoKeyPairs();
		const { recipients } = both;
		const locked = execFileSync(
			'age',
			recipients.flatMap((recipient) => ['-r', recipient]),
			{ input: content, maxBuffer: MAX_OUTPUT },
		);
		const open = decryption(decrypterFor(other, { kind: 'age-recipients', recipients }));
		const opened = await contentOf(Readable.from(open(pieces(locked))));
		expect(opened.equals(content)).toBe(true);
	});
});
