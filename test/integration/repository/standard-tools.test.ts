import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { decryption, encryption } from '../../../core/repository/age';
import { decompressor } from '../../../core/repository/compression';
import { decrypterFor, encrypterFor, type Encryption } from '../../../core/repository/encryption';
import type { Compression } from '../../../core/repository/manifest';
import { openRepository } from '../../../core/repository/repository';
import { writeBackup } from '../../../core/repository/write-backup';
import { payloadBelow } from '../../support/repository/files-below';
import { contentOf, newKeyPair, requestFor } from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const PAYLOAD = Buffer.concat([randomBytes(200_000), Buffer.alloc(200_000, 'again ')]);
const COMPRESSIONS: Compression[] = [
	{ algorithm: 'zstd', level: 19 },
	{ algorithm: 'gzip', level: 9 },
	{ algorithm: 'none' },
];

const directory = useTemporaryDirectory();

describe.each(COMPRESSIONS)('a backup with compression $algorithm', (compression) => {
	it.each(['none', 'recipients'] as const)(
		'and encryption %s is read by the shell line in its manifest',
		async (kind) => {
			const keys = await newKeyPair();
			const settings: Encryption = kind === 'none' ? { kind } : keys;
			const repository = openRepository({
				directory: { path: directory.path },
				encryption: settings,
			});
			const request = requestFor(PAYLOAD, { compression, howToRestore: (decode) => [decode] });
			const manifest = await writeBackup(repository, request);
			const cwd = dirname(payloadBelow(directory.path));
			writeFileSync(join(cwd, 'key.txt'), `# a key\n${keys.identities[0]}\n`);

			const script = `set -o pipefail; ${manifest.howToRestore.join('\n')}`;
			const decoded = execFileSync('bash', ['-c', script], { cwd, maxBuffer: 2 ** 24 });
			expect(decoded.equals(PAYLOAD)).toBe(true);
		},
	);
});

it('zstd finds the checksum of the content in the frame', async () => {
	const repository = openRepository({
		directory: { path: directory.path },
		encryption: { kind: 'none' },
	});
	await writeBackup(repository, requestFor(PAYLOAD));
	const listing = execFileSync('zstd', ['-lv', payloadBelow(directory.path)]).toString();
	expect(listing).toMatch(/Check: XXH64/);
});

describe('what the standard tools write', () => {
	const run = (command: string, args: string[], input: Buffer) =>
		execFileSync(command, args, { input, maxBuffer: 2 ** 24 });

	it.each([
		['zstd', ['-c', '-19'], { algorithm: 'zstd', level: 3 }],
		['gzip', ['-c', '-9'], { algorithm: 'gzip', level: 6 }],
	] as [string, string[], Compression][])('%s: is read', async (command, args, compression) => {
		const unpack = decompressor(compression);
		const content = contentOf(unpack);
		await pipeline(Readable.from([run(command, args, PAYLOAD)]), unpack);
		expect((await content).equals(PAYLOAD)).toBe(true);
	});
});

describe('a passphrase', () => {
	const settings = { kind: 'passphrase', passphrase: 'pâss phrase ✓' } as const;

	/** The age command asks a terminal, which `script` gives it. */
	const age = (args: string, answers: number) =>
		execFileSync('script', ['-qec', `age ${args}`, '/dev/null'], {
			cwd: directory.path,
			input: `${settings.passphrase}\n`.repeat(answers),
		});

	it('locks what the age command opens', async () => {
		const lock = encryption(encrypterFor(settings));
		const locked = await contentOf(Readable.from(lock(Readable.from([PAYLOAD]))));
		writeFileSync(join(directory.path, 'locked.age'), locked);
		age('-d -o opened locked.age', 1);
		expect(readFileSync(join(directory.path, 'opened')).equals(PAYLOAD)).toBe(true);
	});

	it('opens what the age command locks', async () => {
		writeFileSync(join(directory.path, 'plain'), PAYLOAD);
		age('-p -o locked.age plain', 2);
		const locked = readFileSync(join(directory.path, 'locked.age'));
		const open = decryption(decrypterFor(settings, { kind: 'age-passphrase' }));
		const content = await contentOf(Readable.from(open(Readable.from([locked]))));
		expect(content.equals(PAYLOAD)).toBe(true);
	});
});
