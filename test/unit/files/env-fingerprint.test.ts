import { createHmac } from 'node:crypto';

import { compareEnv, fingerprintEnv } from '../../../core/files/env/env-fingerprint';
import { readEnvFile } from '../../../core/files/env/read-env-file';
import { describeEncryption, type Encryption } from '../../../core/repository/encryption';
import { unlockBytes } from '../../../core/repository/locked-bytes';
import type { Manifest } from '../../../core/repository/manifest';
import { newKeyPair } from '../../support/repository/sample-backup';

const BEFORE = 'PORT=3000\nPASSWORD=hunter2\nOLD=1\nSAME=x\n';
const AFTER = 'SAME=x\nPORT="3001"\nPASSWORD=hunter2 # the same\nNEW=1\n';
const PASSPHRASE: Encryption = { kind: 'passphrase', passphrase: 'correct horse' };

function env(text: string) {
	const reading = readEnvFile(Buffer.from(text));
	if ('problem' in reading) throw new Error(reading.problem);
	return reading.env;
}

/** What the comparison reads of a manifest. */
const manifestOf = (settings: Encryption) =>
	({ payload: { encryption: describeEncryption(settings) } }) as Manifest;

async function compare(stored: Encryption, now = stored) {
	const recorded = await fingerprintEnv(env(BEFORE), stored);
	return await compareEnv(env(AFTER), recorded, manifestOf(stored), now);
}

test.each<[string, () => Promise<Encryption>]>([
	['a key pair', newKeyPair],
	['a passphrase', async () => PASSPHRASE],
])('names what differs, for %s', async (_what, encryption) => {
	expect(await compare(await encryption())).toEqual({
		...{ added: ['NEW'], removed: ['OLD'], changed: ['PORT'] },
	});
});

test.each<[what: string, stored: () => Promise<Encryption>, now: Encryption, reason: RegExp]>([
	['without encryption', async () => ({ kind: 'none' }), { kind: 'none' }, /not encrypted/],
	['with another kind of key', newKeyPair, PASSPHRASE, /do not hold what opens it/],
])('does not know which values changed %s', async (_what, stored, now, reason) => {
	expect(await compare(await stored(), now)).toEqual({
		...{ added: ['NEW'], removed: ['OLD'], changed: 'unknown' },
		reason: expect.stringMatching(reason) as unknown,
	});
});

test('does not know which values changed with the public key only, or with another key', async () => {
	const pair = await newKeyPair();
	const unknown = { added: ['NEW'], removed: ['OLD'], changed: 'unknown' };
	expect(await compare(pair, { ...pair, identities: [] })).toMatchObject(unknown);
	expect(await compare(pair, await newKeyPair())).toMatchObject(unknown);
});

test('needs no key where the names alone tell everything', async () => {
	const recorded = await fingerprintEnv(env('A=1'), await newKeyPair());
	const compared = await compareEnv(env('B=1'), recorded, manifestOf(PASSPHRASE), PASSPHRASE);
	expect(compared).toEqual({ added: ['B'], removed: ['A'], changed: [] });
});

test('shows the names only: hashes, and the key that they were made with, are locked', async () => {
	const pair = await newKeyPair();
	const opened = async () => {
		const { lockedValues = '', ...shown } = await fingerprintEnv(env(BEFORE), pair);
		expect(shown).toEqual({ names: ['OLD', 'PASSWORD', 'PORT', 'SAME'] });
		const locked = Buffer.from(lockedValues, 'base64');
		expect(locked.toString('latin1')).toMatch(/^age-encryption.org\/v1\n/);
		const content = await unlockBytes(pair, describeEncryption(pair), locked);
		return JSON.parse(content.toString()) as { hmacKey: string; values: [string, string][] };
	};
	const { hmacKey, values } = await opened();
	const key = Buffer.from(hmacKey, 'base64');
	expect(key).toHaveLength(32);
	const hash = createHmac('sha256', key).update(Buffer.from('PORT\x003000')).digest('base64');
	expect(values).toContainEqual(['PORT', hash]);
	expect((await opened()).hmacKey).not.toBe(hmacKey);
});
