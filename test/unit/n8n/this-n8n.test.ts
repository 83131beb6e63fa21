import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { thisN8n } from '../../../nodes/N8nExport/this-n8n';

const KEY = 'a key of some length';
const before = { ...process.env };
const program = process.argv[1];
let folder: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'dr-this-n8n-'));
	process.env['N8N_USER_FOLDER'] = folder;
	delete process.env['N8N_ENCRYPTION_KEY'];
	delete process.env['N8N_ENCRYPTION_KEY_FILE'];
});

afterEach(() => {
	process.env = { ...before };
	process.argv[1] = program!;
	rmSync(folder, { recursive: true, force: true });
});

/** As the docs tell people to do it. */
function fingerprintByHand(): string {
	const script = `printf %s "$KEY" | openssl dgst -sha256 -hmac n8n-encryption-key | sed 's/.* //' | cut -c 1-6`;
	return execFileSync('sh', ['-c', script], { env: { ...before, KEY }, encoding: 'utf8' }).trim();
}

test.each<[string, () => void]>([
	['its environment', () => (process.env['N8N_ENCRYPTION_KEY'] = KEY)],
	[
		'a file that its environment names',
		() => {
			const path = join(folder, 'key');
			writeFileSync(path, `${KEY}\n`);
			process.env['N8N_ENCRYPTION_KEY_FILE'] = path;
		},
	],
	[
		'the file of its settings',
		() => {
			mkdirSync(join(folder, '.n8n'));
			writeFileSync(join(folder, '.n8n/config'), JSON.stringify({ encryptionKey: KEY }));
		},
	],
])('the key in %s has the fingerprint that openssl computes', async (_where, place) => {
	place();
	const { encryptionKeyFingerprint: found } = await thisN8n();
	expect(found).toMatch(/^[0-9a-f]{6}$/);
	expect(found).toBe(fingerprintByHand());
});

test('the version is that of the program that was started, if that is n8n', async () => {
	const start = (name: string) => {
		mkdirSync(join(folder, name, 'bin'), { recursive: true });
		writeFileSync(join(folder, name, 'package.json'), JSON.stringify({ name, version: '9.8.7' }));
		process.argv[1] = join(folder, name, 'bin', 'n8n');
		writeFileSync(process.argv[1], '');
	};
	start('n8n');
	expect(await thisN8n()).toEqual({ n8nVersion: '9.8.7', encryptionKeyFingerprint: null });
	start('other');
	expect(await thisN8n()).toEqual({ n8nVersion: null, encryptionKeyFingerprint: null });
});
