import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { writeCaFile } from '../../../core/postgres/engines/ca-file';

const HOUR_MS = 60 * 60_000;
let folder: string;

beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'dr-ca-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A folder with a file in it, of that age. */
async function leave(name: string, ageMs: number): Promise<void> {
	await mkdir(join(folder, name));
	await writeFile(join(folder, name, 'ca.pem'), 'left');
	const at = new Date(Date.now() - ageMs);
	await utimes(join(folder, name), at, at);
}

test('only this user can look at the file, and it goes with its folder', async () => {
	const file = writeCaFile(['one', 'two'], folder);
	expect(await readFile(file.path, 'utf8')).toBe('one\ntwo');
	expect((await stat(file.path)).mode & 0o777).toBe(0o600);
	expect((await stat(dirname(file.path))).mode & 0o777).toBe(0o700);
	file.dispose();
	expect(await readdir(folder)).toEqual([]);
});

test('what a killed run has left goes with the next, but nothing that may be in use or of others', async () => {
	await leave('n8n-dr-ca-killed', 2 * HOUR_MS);
	await leave('n8n-dr-ca-running', HOUR_MS / 2);
	await leave('other', 2 * HOUR_MS);
	writeCaFile([], folder).dispose();
	expect(await readdir(folder)).toEqual(['n8n-dr-ca-running', 'other']);
});
