import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../../../core/errors';
import { listBackups } from '../../../core/repository/catalogue';
import { PruneError, pruneBackups, type PruneRequest } from '../../../core/repository/prune';
import type { Repository } from '../../../core/repository/repository';
import { createDirectoryStore } from '../../../core/repository/stores/directory';
import { writeBackup } from '../../../core/repository/write-backup';
import { everythingBelow } from '../../support/repository/files-below';
import { plantBackup, plantedKeys, plantFile } from '../../support/repository/plant-backup';
import { requestFor } from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const DAY = 24 * 60 * 60_000;
const directory = useTemporaryDirectory();
let repository: Repository;
let roots: string[];

beforeEach(() => {
	roots = ['a', 'b'].map((name) => join(directory.path, name));
	for (const root of roots) mkdirSync(root);
	const stores = roots.map((path) => createDirectoryStore({ path }));
	repository = { stores, encryption: { kind: 'none' } };
});

const only = (index: number): Repository => ({
	...repository,
	stores: repository.stores.slice(index, index + 1),
});
const request = (overrides: Partial<PruneRequest> = {}): PruneRequest => ({
	...{ filter: {}, rules: { keepLast: 1 }, timeZone: 'UTC', dryRun: false, ...overrides },
});
const hour = (number: number) => `2026-01-01T${String(number).padStart(2, '0')}:00:00Z`;
const filesIn = (root = roots[0] ?? '') =>
	everythingBelow(root).filter((path) => /\.[a-z]+$/.test(path));

/** Makes a file look as if it had been written that long ago. */
function age(path: string, ms: number): void {
	const at = new Date(Date.now() - ms);
	utimesSync(path, at, at);
}

/** The outcome of every backup, by its id. */
async function outcomes(from: Repository, of: PruneRequest) {
	const { groups } = await pruneBackups(from, of);
	const backups = groups.flatMap((group) => group.backups);
	return Object.fromEntries(
		backups.map(({ entry, outcome, reasons }) => [entry.id, [outcome, ...reasons]]),
	);
}

it('removes what no rule wants, for good, and tells why the others stay', async () => {
	const [root = ''] = roots;
	const [first, second, third] = [1, 2, 3].map((number) =>
		plantBackup(root, { at: hour(number), levels: number < 3 ? ['readable'] : [] }),
	);
	const other = plantBackup(root, { at: hour(1), component: 'redis', name: 'cache' });
	for (const number of [1, 2, 3]) plantBackup(root, { at: hour(number), component: 'event' });
	const before = everythingBelow(root);

	const expected = {
		[third ?? '']: ['kept', 'last', 'newest'],
		[second ?? '']: ['kept', 'newest verified'],
		[other]: ['kept', 'last', 'newest'],
	};
	expect(await outcomes(only(0), request({ dryRun: true }))).toEqual({
		...expected,
		[first ?? '']: ['would be removed'],
	});
	expect(everythingBelow(root)).toEqual(before);

	expect(await outcomes(only(0), request())).toEqual({ ...expected, [first ?? '']: ['removed'] });
	expect(everythingBelow(root).filter((path) => path.includes('postgres/shop/'))).toEqual(
		before.filter((path) => path.startsWith('postgres/shop/') && !path.includes(first ?? '?')),
	);
	expect(filesIn().filter((path) => path.startsWith('event/'))).toHaveLength(6);

	await pruneBackups(only(0), request({ filter: { component: 'event' } }));
	expect(filesIn().filter((path) => path.startsWith('event/'))).toHaveLength(2);
});

it('never touches what it cannot have written, also in the folder of a backup', async () => {
	const [root = ''] = roots;
	const outside = join(directory.path, 'outside');
	const old = plantBackup(root, { at: hour(1) });
	plantBackup(root, { at: hour(2) });
	const folder = `postgres/shop/${old}`;
	const foreign = [
		`${folder}/notes.txt`,
		`${folder}/${old}-notes.txt`,
		`${folder}/manifest.json.bak`,
		'postgres/shop/readme.md',
		'somebody/elses/file.partial',
		'file.0a1b2c3d4e5f.partial',
		`${folder}/photo.jpg.0a1b2c3d4e5f.partial`,
		'probe/mine.txt',
		'connection-test-plan.txt',
	];
	for (const path of foreign) {
		plantFile(root, path);
		age(join(root, path), 3 * DAY);
	}
	const stray = plantBackup(outside, { at: hour(1), name: 'blog', without: 'manifest' });
	symlinkSync(join(outside, 'postgres', 'blog'), join(root, 'postgres', 'blog'));

	await pruneBackups(only(0), request());
	const left = everythingBelow(root);
	expect(left).toEqual(expect.arrayContaining(foreign));
	expect(left).not.toContain(`${folder}/manifest.json`);
	expect(everythingBelow(outside).join()).toContain(stray);
});

it('follows no link, also where the filter names what lies behind it', async () => {
	const [root = ''] = roots;
	const outside = join(directory.path, 'outside');
	for (const number of [1, 2]) plantBackup(outside, { at: hour(number) });
	symlinkSync(join(outside, 'postgres'), join(root, 'postgres'));
	const before = everythingBelow(outside);
	const prune = pruneBackups(only(0), request({ filter: { component: 'postgres' } }));
	await expect(prune).rejects.toThrow('behind a link');
	expect(everythingBelow(outside)).toEqual(before);
});

it('refuses keys that leave the root', async () => {
	const [store] = repository.stores;
	plantFile(directory.path, 'secret.txt');
	for (const key of ['../secret.txt', 'postgres/../../secret.txt', '/etc/passwd', '']) {
		await expect(store?.remove([key])).rejects.toThrow(ConfigurationError);
	}
	expect(everythingBelow(directory.path)).toContain('secret.txt');
	const none = { rules: {}, filter: {} };
	await expect(pruneBackups(repository, request(none))).rejects.toThrow('no keep rule');
});

it('removes what runs have left unfinished once it is a day old, and nothing younger', async () => {
	const [root = ''] = roots;
	plantBackup(root, { at: hour(9) });
	const partial = (key: string) => `${key}.0a1b2c3d4e5f.partial`;
	const leave = (number: number) => {
		const { keys, id } = plantedKeys({ at: hour(number), without: 'manifest', levels: ['stored'] });
		const committed = plantedKeys({ at: hour(9), without: 'manifest' });
		const paths = [...keys, partial(`postgres/shop/${id}/manifest.json`), partial(keys[0] ?? '')];
		const unnamed = (committed.keys[0] ?? '').replace('0a1b2c3d4e5f', `0a1b2c3d4e5${number}`);
		const probe = `probe/000000000000000${number}`;
		return [...paths, unnamed, probe, partial(probe)];
	};
	const [old, young] = [leave(1), leave(2)];
	for (const path of [...old, ...young]) plantFile(root, path);
	for (const path of old) age(join(root, path), DAY + 60_000);
	for (const path of young) age(join(root, path), DAY - 60_000);
	const before = everythingBelow(root);

	const dry = await pruneBackups(only(0), request({ dryRun: true }));
	expect(everythingBelow(root)).toEqual(before);
	const { leftovers } = await pruneBackups(only(0), request());
	expect(leftovers.map(({ outcome }) => outcome)).toEqual(leftovers.map(() => 'removed'));
	expect(dry.leftovers.map(({ key }) => key)).toEqual(leftovers.map(({ key }) => key));
	const left = everythingBelow(root);
	// Which of two payloads the backup is, only its manifest can tell, and a planted one tells nothing.
	expect(old.filter((path) => left.includes(path))).toEqual(old.slice(-3, -2));
	expect(young.filter((path) => !left.includes(path))).toEqual([]);
	expect(left).toContain('postgres/shop/shop-20260101090000/manifest.json');
});

it('tells the payload of a backup from what a crashed run has left beside it', async () => {
	const [root = ''] = roots;
	const { id, payload } = await writeBackup(only(0), requestFor(Buffer.from('rows')));
	const stray = `postgres/shop/${id}/${id}-000000000000.dump.zst`;
	plantFile(root, stray);
	age(join(root, stray), 2 * DAY);
	const { leftovers } = await pruneBackups(only(0), request());
	expect(leftovers).toMatchObject([{ key: stray, outcome: 'removed' }]);
	expect(filesIn()).toContain(`postgres/shop/${id}/${payload.file}`);
});

it('removes what a killed repair has left once it is a day old, and with its backup', async () => {
	const [root = ''] = roots;
	const ofRepair = (number: number) => {
		const id = `shop-2026010101000${number}`;
		return [`${id}-0a1b2c3d4e5f.repair`, `${id}-repair.claim`].map((name) => {
			const path = `postgres/shop/${id}/${name}`;
			plantFile(root, path);
			return path;
		});
	};
	const second = (number: number) => `2026-01-01T01:00:0${number}Z`;
	plantBackup(root, { at: second(1) });
	const gone = ofRepair(1);
	plantBackup(root, { at: second(2), without: 'manifest' });
	const uncommitted = ofRepair(2);
	age(join(root, uncommitted[0] ?? ''), 2 * DAY);
	plantBackup(root, { at: second(3), without: 'payload' });
	const claimed = ofRepair(3);
	plantBackup(root, { at: second(4) });
	const beside = ofRepair(4);
	for (const path of beside) age(join(root, path), 2 * DAY);

	// What a repair has staged is no payload: neither does it make a backup, nor has it a size.
	const { backups } = await listBackups(only(0));
	expect(backups.map(({ committed }) => committed)).toEqual([true, false, false, true]);
	const { leftovers } = await pruneBackups(only(0), request());
	expect(leftovers.map(({ key }) => key)).toEqual(beside);
	const left = filesIn();
	expect(left).toEqual(expect.arrayContaining([...uncommitted, ...claimed]));
	expect(left.filter((path) => [...gone, ...beside].includes(path))).toEqual([]);
	expect(left.filter((path) => path.includes('shop-20260101010001/'))).toEqual([]);
	expect(left).toContain('postgres/shop/shop-20260101010004/manifest.json');
});

it('leaves a payload whose manifest a repair has brought back since the listing', async () => {
	const [root = ''] = roots;
	const [store] = only(0).stores;
	if (!store) throw new Error('There is no store.');
	plantBackup(root, { at: hour(2) });
	const { keys } = plantedKeys({ at: hour(1), without: 'manifest' });
	const [payload = ''] = keys;
	plantFile(root, payload);
	age(join(root, payload), 2 * DAY);
	const manifest = payload.replace(/[^/]+$/, 'manifest.json');
	const racing: typeof store = Object.assign(Object.create(store) as typeof store, {
		async *list(prefix: string, signal?: AbortSignal) {
			yield* store.list(prefix, signal);
			if (prefix === '') plantFile(root, manifest);
		},
	});
	const { leftovers } = await pruneBackups({ ...repository, stores: [racing] }, request());
	expect(leftovers).toEqual([]);
	expect(filesIn()).toEqual(expect.arrayContaining([payload, manifest]));
});

it('decides over all stores together, and leaves each its newest and its newest verified', async () => {
	const [a = '', b = ''] = roots;
	const plant = (root: string, number: number, proved = false) =>
		plantBackup(root, { at: hour(number), levels: proved ? ['restored'] : [] });
	for (const number of [1, 2, 3, 4]) plant(a, number, number === 3);
	const [b1, b2, b0] = [plant(b, 1, true), plant(b, 2), plant(b, 0)];
	expect(await outcomes(repository, request())).toEqual({
		'shop-20260101040000': ['kept', 'last', 'newest'],
		'shop-20260101030000': ['kept', 'newest verified'],
		[b2]: ['kept', `newest in directory ${b}`],
		[b1]: ['kept', `newest verified in directory ${b}`],
		[b0]: ['removed'],
	});
	expect((await listBackups(only(1))).backups.map(({ id }) => id)).toEqual([b2, b1]);
});

it('goes on without a store that cannot be asked, and names it', async () => {
	const [a = ''] = roots;
	for (const number of [1, 2]) plantBackup(a, { at: hour(number) });
	const gone = createDirectoryStore({ path: join(directory.path, 'gone') });
	const stores = [...only(0).stores, gone];
	const failure: unknown = await pruneBackups({ ...repository, stores }, request()).catch(
		(error: unknown) => error,
	);
	expect(failure).toBeInstanceOf(PruneError);
	expect(String(failure)).toMatch(/directory .*gone cannot be used.* Removed: 1 backups\./);
	expect((await listBackups(only(0))).backups).toHaveLength(1);
	const neither = pruneBackups({ ...repository, stores: [gone] }, request());
	await expect(neither).rejects.toThrow('No store of the repository could be listed.');
});

it('may run twice at once', async () => {
	const [root = ''] = roots;
	for (let number = 0; number < 200; number++) {
		plantBackup(root, { at: new Date(Date.UTC(2026, 0, 1, number)), levels: ['stored'] });
	}
	await Promise.all(
		[1, 2, 3].map(() => pruneBackups(only(0), request({ rules: { keepDaily: 3 } }))),
	);
	const { backups } = await listBackups(only(0));
	expect(backups).toHaveLength(3);
	expect(backups.every(({ committed }) => committed)).toBe(true);
	expect(filesIn()).toHaveLength(9);
});

it.each([
	[1, 'of manifests'],
	[2, 'of records'],
])('killed after step %i (%s), leaves nothing that looks like a backup', async (removals) => {
	const [root = ''] = roots;
	const ids = [1, 2, 3].map((number) =>
		plantBackup(root, { at: hour(number), levels: ['stored'] }),
	);
	for (const path of filesIn()) age(join(root, path), 2 * DAY);
	const script = join(__dirname, '../../support/repository/prune-and-wait.mjs');
	const child = spawn(process.execPath, [script, root, String(removals)], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	await once(child.stdout, 'data');
	child.kill('SIGKILL');
	await once(child, 'exit');

	const { backups } = await listBackups(only(0));
	expect(backups.map(({ id, committed }) => [id, committed])).toEqual([
		[ids[2], true],
		[ids[1], false],
		[ids[0], false],
	]);
	const { leftovers } = await pruneBackups(only(0), request());
	expect(leftovers.length).toBe(removals === 1 ? 4 : 2);
	expect((await listBackups(only(0))).backups.map(({ id }) => id)).toEqual([ids[2]]);
	expect(filesIn()).toHaveLength(3);
});

it('goes by the clock of the store, not by the one of this machine', async () => {
	const [root = ''] = roots;
	const { keys } = plantedKeys({ at: hour(1), without: 'manifest' });
	plantBackup(root, { at: hour(1), without: 'manifest' });
	jest.useFakeTimers({ now: Date.now() + 10 * DAY, doNotFake: ['nextTick', 'setImmediate'] });
	try {
		expect((await pruneBackups(only(0), request())).leftovers).toEqual([]);
	} finally {
		jest.useRealTimers();
	}
	expect(filesIn()).toEqual(keys);
});
