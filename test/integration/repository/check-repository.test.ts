import { join } from 'node:path';
import { ConfigurationError } from '../../../core/errors';
import type { Encryption } from '../../../core/repository/encryption';
import { checkRepository, openRepository } from '../../../core/repository/repository';
import { everythingBelow } from '../../support/repository/files-below';
import { newKeyPair } from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const directory = useTemporaryDirectory();
const check = async (encryption: Encryption, path = directory.path) =>
	await checkRepository(openRepository({ directory: { path }, encryption }));

it('says in plain words that all is well, and leaves nothing behind', async () => {
	expect(await check(await newKeyPair())).toEqual([
		{
			store: `directory ${directory.path}`,
			ok: true,
			message: 'Can list, write, read and delete.',
		},
		{ store: 'encryption', ok: true, message: 'What is encrypted can be read back.' },
	]);
	expect(everythingBelow(directory.path)).toEqual([]);
});

it('says what is wrong with a store and what to do', async () => {
	const [store] = await check({ kind: 'none' }, join(directory.path, 'not/there'));
	expect(store).toMatchObject({
		ok: false,
		message: expect.stringContaining('check that it is mounted'),
	});
});

it('finds out that a private key opens nothing', async () => {
	const [mine, other] = [await newKeyPair(), await newKeyPair()];
	const [, encryption] = await check({ ...mine, identities: other.identities });
	expect(encryption).toMatchObject({
		ok: false,
		message: expect.stringContaining('could not be read with this key'),
	});
});

it('is content without a private key, but says what that means', async () => {
	const [, encryption] = await check({ ...(await newKeyPair()), identities: [] });
	expect(encryption).toMatchObject({
		ok: true,
		message: expect.stringContaining('To restore or verify them, the private key has to be added.'),
	});
});

it('proves a passphrase, and warns of no encryption', async () => {
	const [, passphrase] = await check({ kind: 'passphrase', passphrase: 'correct horse' });
	expect(passphrase).toMatchObject({ ok: true, message: 'What is encrypted can be read back.' });
	const [, none] = await check({ kind: 'none' });
	expect(none?.message).toContain('not encrypted');
});

it('refuses a repository without any store', () => {
	expect(() => openRepository({ encryption: { kind: 'none' } })).toThrow(ConfigurationError);
});
