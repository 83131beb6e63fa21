import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../../../core/errors';
import { checkRepository } from '../../../core/repository/check-repository';
import { createKeyPair, type KeyPair } from '../../../core/repository/key-pair';
import { separateLocked } from '../../../core/repository/locked-key';
import { openPayload } from '../../../core/repository/read-backup';
import { openRepository, type Repository } from '../../../core/repository/repository';
import { writeBackup } from '../../../core/repository/write-backup';
import { contentOf, requestFor } from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const PASSPHRASE = 'correct horse battery staple';
const PAYLOAD = Buffer.from('what was backed up');
const directory = useTemporaryDirectory();
let pair: KeyPair;
beforeAll(async () => {
	pair = await createKeyPair(PASSPHRASE);
});

function repositoryWith(identities: string[], passphrase?: string): Repository {
	return openRepository({
		directory: { path: directory.path },
		encryption: {
			...{ kind: 'recipients', recipients: [pair.publicKey], identities },
			...(passphrase !== undefined && { locked: { files: [], passphrase } }),
		},
	});
}

async function roundTrip(identities: string[], passphrase?: string): Promise<Buffer> {
	const { id, component, name } = await writeBackup(repositoryWith([]), requestFor(PAYLOAD));
	const repository = repositoryWith(identities, passphrase);
	const { stream, manifest } = await openPayload(repository, { id, component, name });
	const { publicKey } = pair;
	expect(manifest.payload.encryption).toEqual({ kind: 'age-recipients', recipients: [publicKey] });
	return await contentOf(stream);
}

describe('a key pair', () => {
	it('shows its secret to nobody without the passphrase', () => {
		expect(pair.publicKey).toMatch(/^age1[0-9a-z]{58}$/);
		expect(JSON.stringify(pair)).not.toContain('AGE-SECRET-KEY');
		expect(pair.lockedKeyFile).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
	});

	it('opens a backup by its locked file', async () => {
		expect((await roundTrip([pair.lockedKeyFile], PASSPHRASE)).equals(PAYLOAD)).toBe(true);
	});

	// To open each would take a second of work, so that passphrases cannot be guessed.
	it.each([
		['with the ends of its lines swallowed', (file: string) => file.replaceAll('\n', '')],
		['with blanks for them', (file: string) => ` ${file.replaceAll('\n', ' ')}`],
		['with those of Windows', (file: string) => file.replaceAll('\n', '\r\n')],
		['beside a key that is not locked', (file: string) => `${file}AGE-SECRET-KEY-1`],
		['beside another one', (file: string) => `${file}${file}`],
	])('has a file that is recognised when it is pasted %s', (how, paste) => {
		const [plain] = separateLocked(pair.lockedKeyFile).locked;
		const { locked, rest } = separateLocked(paste(pair.lockedKeyFile));
		expect(locked).toEqual(how === 'beside another one' ? [plain, plain] : [plain]);
		expect(rest.trim()).toBe(how.includes('not locked') ? 'AGE-SECRET-KEY-1' : '');
	});

	it('tells a wrong passphrase from a damaged backup', async () => {
		const wrong = roundTrip([pair.lockedKeyFile], `${PASSPHRASE}!`);
		await expect(wrong).rejects.toBeInstanceOf(ConfigurationError);
		await expect(wrong).rejects.toThrow('passphrase does not open the locked secret key');
	});

	it.each([
		[PASSPHRASE, true, /can be read back/],
		['another passphrase', false, /does not open the locked secret key/],
	])('is tried by the test of the credential: %s', async (passphrase, ok, message) => {
		const checks = await checkRepository(repositoryWith([pair.lockedKeyFile], passphrase));
		expect(checks.at(-1)).toMatchObject({ store: 'encryption', ok });
		expect(checks.at(-1)?.message).toMatch(message);
	});

	it('needs a passphrase for a locked file', () => {
		expect(() => repositoryWith([pair.lockedKeyFile])).toThrow(ConfigurationError);
	});

	it.each(['', 'short'])('is not made with the passphrase %j', async (passphrase) => {
		await expect(createKeyPair(passphrase)).rejects.toBeInstanceOf(ConfigurationError);
	});

	/** The age command asks a terminal for the passphrase, which `script` gives it. */
	const age = (line: string) =>
		execFileSync('script', ['-qec', `age ${line}`, '/dev/null'], {
			...{ cwd: directory.path, input: `${PASSPHRASE}\n` },
		});

	it('is what age and age-keygen take, locked and opened', () => {
		const at = (name: string) => join(directory.path, name);
		writeFileSync(at('key.txt.age'), pair.lockedKeyFile);
		writeFileSync(
			at('locked.age'),
			execFileSync('age', ['-r', pair.publicKey], { input: PAYLOAD }),
		);
		age('-d -o key.txt key.txt.age');
		const derived = execFileSync('age-keygen', ['-y', at('key.txt')], { encoding: 'utf8' });
		expect(derived.trim()).toBe(pair.publicKey);
		const opened = execFileSync('age', ['-d', '-i', at('key.txt'), at('locked.age')]);
		expect(opened.equals(PAYLOAD)).toBe(true);
		age('-d -i key.txt.age -o opened locked.age');
		expect(readFileSync(at('opened')).equals(PAYLOAD)).toBe(true);
	});
});
