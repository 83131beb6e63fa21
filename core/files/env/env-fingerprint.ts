import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Encryption } from '../../repository/encryption';
import type { FileFingerprint } from '../../repository/fingerprint';
import type { Manifest } from '../../repository/manifest';
import { sentencesOf } from '../../repository/reason';
import { lockBytes, unlockBytes } from '../../repository/locked-bytes';
import type { EnvFile } from './read-env-file';

type EnvFingerprint = NonNullable<FileFingerprint['env']>;

const KEY_BYTES = 32;

/** What is locked: pairs, because a name may be one that JavaScript objects have already. */
const lockedValues = z.strictObject({
	hmacKey: z.base64(),
	values: z.array(z.tuple([z.string(), z.base64()])),
});

/** How two versions of an env file differ, by the names of what is in them; never a value. */
export interface EnvChanges {
	readonly added: readonly string[];
	readonly removed: readonly string[];
	/** `unknown` where the values that were recorded cannot be opened or were not recorded. */
	readonly changed: readonly string[] | 'unknown';
	/** Why it is unknown, as sentences. */
	readonly reason?: string;
}

/**
 * What a manifest keeps of an env file: the names, and locked for the repository's keys a hash of each
 * value (HMAC-SHA256 of the name and the value, with a random key that is locked with them). So nobody
 * can guess a short value from the manifest. Without encryption the names are all that is kept.
 */
export async function fingerprintEnv(
	{ values }: EnvFile,
	encryption: Encryption,
): Promise<EnvFingerprint> {
	const names = [...values.keys()].sort();
	const hmacKey = randomBytes(KEY_BYTES);
	const hashes = names.map((name) => [name, hashOf(hmacKey, name, values.get(name) ?? '')]);
	const content = JSON.stringify({ hmacKey: hmacKey.toString('base64'), values: hashes });
	const locked = await lockBytes(encryption, Buffer.from(content));
	return { names, ...(locked && { lockedValues: locked.toString('base64') }) };
}

/** Compares an env file with what the manifest of an earlier one recorded. */
export async function compareEnv(
	{ values }: EnvFile,
	recorded: EnvFingerprint,
	{ payload }: Manifest,
	encryption: Encryption,
): Promise<EnvChanges> {
	const before = new Set(recorded.names);
	const names = [...values.keys()].sort();
	const added = names.filter((name) => !before.has(name));
	const removed = recorded.names.filter((name) => !values.has(name));
	const common = names.filter((name) => before.has(name));
	const differing = await changedAmong(common, values, recorded, payload.encryption, encryption);
	return { added, removed, ...differing };
}

async function changedAmong(
	names: readonly string[],
	values: EnvFile['values'],
	recorded: EnvFingerprint,
	stored: Manifest['payload']['encryption'],
	encryption: Encryption,
): Promise<Pick<EnvChanges, 'changed' | 'reason'>> {
	if (names.length === 0) return { changed: [] };
	if (recorded.lockedValues === undefined) {
		return {
			changed: 'unknown',
			reason: 'The repository was not encrypted, so that no hashes of the values were kept.',
		};
	}
	try {
		const locked = Buffer.from(recorded.lockedValues, 'base64');
		const content = await unlockBytes(encryption, stored, locked);
		const opened = lockedValues.parse(JSON.parse(content.toString('utf8')));
		const hmacKey = Buffer.from(opened.hmacKey, 'base64');
		const hashes = new Map(opened.values);
		const isChanged = (name: string) =>
			hashes.get(name) !== hashOf(hmacKey, name, values.get(name) ?? '');
		return { changed: names.filter(isChanged) };
	} catch (error) {
		return { changed: 'unknown', reason: sentencesOf(error) };
	}
}

/** The name is hashed too: two settings of one value do not look alike. */
function hashOf(hmacKey: Buffer, name: string, value: string): string {
	return createHmac('sha256', hmacKey).update(`${name}\0${value}`).digest('base64');
}
