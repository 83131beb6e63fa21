import { createHmac } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { N8nFacts } from '../../core/n8n/create-export';

/** 24 bits tell a right key from a wrong one, and fit too many keys for one to be guessed by them. */
const FINGERPRINT_DIGITS = 6;
const LABEL = 'n8n-encryption-key';

const packageJson = z.object({ name: z.literal('n8n'), version: z.string() });
const config = z.object({ encryptionKey: z.string().min(1) });

/** Version and key of the n8n that runs this, `null` for what cannot be found out. The key goes nowhere. */
export async function thisN8n(): Promise<N8nFacts> {
	const key = await encryptionKey();
	return {
		n8nVersion: await version(),
		encryptionKeyFingerprint:
			key === undefined
				? null
				: createHmac('sha256', LABEL).update(key).digest('hex').slice(0, FINGERPRINT_DIGITS),
	};
}

/** Of the program that was started: `bin/n8n` in its package. */
async function version(): Promise<string | null> {
	try {
		const program = await realpath(process.argv[1] ?? '');
		const text = await readFile(join(dirname(dirname(program)), 'package.json'), 'utf8');
		return packageJson.parse(JSON.parse(text)).version;
	} catch {
		return null;
	}
}

/** Where n8n itself looks: its environment, else the file that it keeps its settings in. */
async function encryptionKey(): Promise<string | undefined> {
	const { N8N_ENCRYPTION_KEY: key, N8N_ENCRYPTION_KEY_FILE: file, N8N_USER_FOLDER } = process.env;
	if (key) return key;
	try {
		if (file) return (await readFile(file, 'utf8')).trim() || undefined;
		const path = join(N8N_USER_FOLDER || homedir(), '.n8n', 'config');
		return config.parse(JSON.parse(await readFile(path, 'utf8'))).encryptionKey;
	} catch {
		return undefined;
	}
}
