import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CancelledError } from '../../../core/errors';
import { newestFile } from '../../../core/files/newest-file';
import { listBackups } from '../../../core/repository/catalogue';
import { chooseBackup } from '../../../core/repository/choose-backup';
import { createBackupId } from '../../../core/repository/naming';
import type { Repository } from '../../../core/repository/repository';
import { createDirectoryStore } from '../../../core/repository/stores/directory';
import { recordVerification } from '../../../core/repository/verification';
import { verifyNewest } from '../../../core/repository/verify-newest';
import { writeBackup } from '../../../core/repository/write-backup';
import { requestFor } from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const directory = useTemporaryDirectory();
let paths: string[];
let repository: Repository;

beforeEach(() => {
	paths = ['a', 'b'].map((name) => join(directory.path, name));
	const stores = paths.map((path) => createDirectoryStore({ path }));
	repository = { stores, encryption: { kind: 'none' } };
});

it('merges the stores, newest first, with what was verified', async () => {
	const [older, newer, other] = [
		requestFor(Buffer.from('one'), { consistencyPoint: new Date('2026-11-20T03:00:00Z') }),
		requestFor(Buffer.from('two'), { consistencyPoint: new Date('2026-11-21T03:00:00Z') }),
		requestFor(Buffer.from('three'), { name: 'blog', component: 'redis' }),
	];
	for (const request of [newer, other]) await writeBackup(repository, request);
	const first = { ...repository, stores: repository.stores.slice(0, 1) };
	await writeBackup(first, older);
	const [early, late] = [new Date('2026-11-22T04:00:00Z'), new Date('2026-11-22T05:00:00Z')];
	const passed = { durationMs: 1, details: { tables: 3 } };
	await recordVerification(repository, newer, { level: 'restored', at: late, ...passed });
	await recordVerification(repository, newer, { level: 'stored', at: early, ...passed });

	const both = paths.map((path) => `directory ${path}`);
	const { backups, unavailable } = await listBackups(repository, { component: 'postgres' });
	expect(unavailable).toEqual([]);
	expect(backups).toMatchObject([
		{
			id: newer.id,
			committed: true,
			storedIn: both,
			verifications: [
				{ level: 'stored', at: early },
				{ level: 'restored', at: late },
			],
		},
		{ id: older.id, committed: true, storedIn: both.slice(0, 1), verifications: [] },
	]);
	expect((await listBackups(repository, { name: 'blog' })).backups).toHaveLength(1);
	expect((await listBackups(repository)).backups).toHaveLength(3);
	expect((await listBackups(repository, { component: 'postgres', name: 'blog' })).backups).toEqual(
		[],
	);
});

it('takes no backup of the future for the newest, as long as there is another', async () => {
	const backup = (consistencyPoint: Date) =>
		requestFor(Buffer.from('content'), { consistencyPoint, component: 'file' });
	const future = backup(new Date(Date.now() + 3650 * 24 * 60 * 60_000));
	await writeBackup(repository, future);
	const filter = { component: 'file' };
	const only = await chooseBackup(repository, filter, 'newest');
	expect(only.backup.id).toBe(future.id);
	expect(only.notes).toEqual([expect.stringContaining('its age is unknown')]);

	const [older, newer] = [3, 2].map((days) =>
		backup(new Date(Date.now() - days * 24 * 60 * 60_000)),
	);
	for (const request of [older, newer]) await writeBackup(repository, request as typeof future);
	const chosen = await chooseBackup(repository, filter, 'newest');
	expect(chosen.backup.id).toBe(newer?.id);
	expect(chosen.notes).toEqual([expect.stringMatching(`${future.id}.*was passed over`)]);
	expect((await newestFile(repository, future.name)).entry?.id).toBe(newer?.id);
	const verified = await verifyNewest(repository, { level: 'stored', repair: false });
	expect(
		verified.map(
			({
				chosen: {
					backup: { id },
				},
			}) => id,
		),
	).toEqual([newer?.id]);
	expect((await chooseBackup(repository, filter, { id: future.id })).backup.id).toBe(future.id);
});

it('reads 10,000 keys, and passes over what is not a backup', async () => {
	const root = paths[0] ?? '';
	const start = Date.UTC(2026, 0, 1);
	for (let index = 0; index < 3334; index++) {
		const id = createBackupId('shop', new Date(start + index * 60_000));
		const folder = join(root, 'postgres', 'shop', id);
		mkdirSync(folder, { recursive: true });
		writeFileSync(join(folder, `${id}-0a1b2c3d4e5f.dump.zst`), 'payload');
		writeFileSync(join(folder, 'manifest.json'), '{}');
		writeFileSync(join(folder, 'verified-stored-20260601000000.json'), '{}');
	}
	mkdirSync(join(root, 'somebody', 'elses', 'files'), { recursive: true });
	writeFileSync(join(root, 'somebody', 'elses', 'files', 'photo.jpg'), '');
	writeFileSync(join(root, 'postgres', 'shop', 'notes.txt'), '');

	const only = { ...repository, stores: repository.stores.slice(0, 1) };
	const { backups } = await listBackups(only);
	expect(backups).toHaveLength(3334);
	expect(backups[0]?.id).toBe(createBackupId('shop', new Date(start + 3333 * 60_000)));
	expect(backups.every((backup) => backup.committed && backup.storedBytes === 7)).toBe(true);
	expect(backups.every(({ verifications }) => verifications.length === 1)).toBe(true);
});

it('stops when it is cancelled', async () => {
	await expect(listBackups(repository, {}, AbortSignal.abort())).rejects.toBeInstanceOf(
		CancelledError,
	);
});
