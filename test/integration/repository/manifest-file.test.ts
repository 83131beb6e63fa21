import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigurationError, IntegrityError, NotFoundError } from '../../../core/errors';
import { listBackups, readManifest } from '../../../core/repository/catalogue';
import { openPayload } from '../../../core/repository/read-backup';
import { openRepository, type Repository } from '../../../core/repository/repository';
import { writeBackup } from '../../../core/repository/write-backup';
import { payloadBelow } from '../../support/repository/files-below';
import { rewriteSealed } from '../../support/repository/rewrite-sealed';
import { contentOf, requestFor } from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const directory = useTemporaryDirectory();
const request = () => requestFor(Buffer.from('payload'));
let repository: Repository;
let file: string;

beforeEach(async () => {
	repository = openRepository({
		directory: { path: directory.path },
		encryption: { kind: 'none' },
	});
	await writeBackup(repository, request());
	file = join(dirname(payloadBelow(directory.path)), 'manifest.json');
});

const rewrite = (change: (manifest: Record<string, unknown>) => void) =>
	rewriteSealed(file, change);

it('holds the facts of the backup', async () => {
	expect(await readManifest(repository, request())).toMatchObject({
		id: 'shop-20261122170000',
		consistencyPoint: '2026-11-22T17:00:00.123Z',
		tool: { name: 'n8n-nodes-disaster-recovery' },
		payload: { file: expect.stringMatching(/^shop-20261122170000-[0-9a-f]{12}\.dump\.zst$/) },
		storedIn: [`directory ${directory.path}`],
		howToRestore: [expect.stringMatching(/^zstd -dc shop-.*\.dump\.zst \| pg_restore -d shop$/)],
	});
});

it.each([
	['is not JSON', () => writeFileSync(file, 'not JSON')],
	['is empty', () => writeFileSync(file, '')],
	['was cut', () => writeFileSync(file, readFileSync(file).subarray(0, 300))],
	['is too large to be one', () => writeFileSync(file, Buffer.alloc(65 * 1024 * 1024, ' '))],
	['lacks a fact', () => rewrite((manifest) => delete manifest.payload)],
	['has a fact that nobody knows', () => rewrite((manifest) => (manifest.extra = true))],
	['belongs to another backup', () => rewrite((manifest) => (manifest.id = 'shop-20261122170001'))],
	['belongs to another component', () => rewrite((manifest) => (manifest.component = 'redis'))],
	[
		'names a file outside its folder',
		() => rewrite(({ payload }) => ((payload as { file: string }).file = '../../secret')),
	],
])('is refused when it %s', async (_how, damage) => {
	damage();
	await expect(openPayload(repository, request())).rejects.toBeInstanceOf(IntegrityError);
	await expect(readManifest(repository, request())).rejects.toBeInstanceOf(IntegrityError);
});

it('of the first version, which had no seal, is still read', async () => {
	const manifest = JSON.parse(readFileSync(file, 'utf8'));
	const { sealSha256, ...facts } = { ...manifest, formatVersion: 1 };
	writeFileSync(file, JSON.stringify(facts));
	const { stream } = await openPayload(repository, request());
	expect((await contentOf(stream)).toString()).toBe('payload');
	// A seal that was lost does not turn a newer manifest into one of these.
	writeFileSync(file, JSON.stringify({ ...facts, formatVersion: 2 }));
	await expect(readManifest(repository, request())).rejects.toBeInstanceOf(IntegrityError);
});

it('proves its own bytes to standard tools', () => {
	const check = 'grep -q "$(head -n -2 "$1" | sha256sum | cut -c 1-64)" "$1"';
	const run = () => execFileSync('sh', ['-c', check, 'sh', file]);
	run();
	writeFileSync(file, readFileSync(file, 'utf8').replace('"test"', '"best"'));
	expect(run).toThrow();
});

it('of a newer version asks for an update', async () => {
	rewrite((manifest) => {
		manifest.formatVersion = 3;
		manifest.payload = 'told in another way';
	});
	const error = readManifest(repository, request());
	await expect(error).rejects.toBeInstanceOf(ConfigurationError);
	await expect(error).rejects.toMatchObject({
		message: expect.stringContaining('made by a newer version of this software (format 3)'),
		hint: expect.stringContaining('Update this package'),
	});
});

it('is not found where there is no such backup', async () => {
	const other = { component: 'postgres', name: 'shop', id: 'shop-20200101000000' };
	await expect(readManifest(repository, other)).rejects.toBeInstanceOf(NotFoundError);
});

it('makes the backup: without it there is none, and without a payload neither', async () => {
	expect(await listBackups(repository)).toMatchObject({ backups: [{ committed: true }] });
	const payload = payloadBelow(directory.path);
	const content = readFileSync(payload);
	rmSync(payload);
	expect(await listBackups(repository)).toMatchObject({
		backups: [{ committed: false, storedIn: [] }],
	});
	writeFileSync(payload, content);
	rmSync(file);
	expect(await listBackups(repository)).toMatchObject({
		backups: [{ committed: false, storedIn: [] }],
	});
});
