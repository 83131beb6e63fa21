import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError, ConflictError, NotFoundError, StoreError } from '../../../core/errors';
import type { Store, StoredObject } from '../../../core/repository/store';
import { createDirectoryStore } from '../../../core/repository/stores/directory';
import { everythingBelow } from '../../support/repository/files-below';
import { contentOf } from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const FOLDER = 'postgres/shop/shop-20261122170000';
const KEY = `${FOLDER}/payload.dump`;

const directory = useTemporaryDirectory();
let root: string;
let store: Store;

beforeEach(() => {
	root = join(directory.path, 'repository');
	store = createDirectoryStore({ path: root });
});

async function listed(prefix: string): Promise<StoredObject[]> {
	const objects: StoredObject[] = [];
	for await (const object of store.list(prefix)) objects.push(object);
	return objects;
}

async function write(key: string, body: string) {
	const writer = await store.createWriter(key, {});
	writer.stream.end(body);
	await once(writer.stream, 'finish');
	return writer;
}

describe('writing', () => {
	it('shows nothing before the commit, and the file with private modes after it', async () => {
		const writer = await write(KEY, 'payload');
		expect(await listed('')).toEqual([]);
		expect(everythingBelow(root).filter((path) => path.endsWith('.partial'))).toHaveLength(1);

		expect(await writer.commit()).toEqual({ bytes: 7 });
		expect((await listed('')).map(({ key, bytes }) => ({ key, bytes }))).toEqual([
			{ key: KEY, bytes: 7 },
		]);
		expect(readFileSync(join(root, KEY), 'utf8')).toBe('payload');
		expect(statSync(join(root, KEY)).mode & 0o777).toBe(0o600);
		for (const folder of ['', 'postgres', 'postgres/shop', FOLDER]) {
			expect(statSync(join(root, folder)).mode & 0o777).toBe(0o700);
		}
		expect(everythingBelow(root).filter((path) => path.endsWith('.partial'))).toEqual([]);
	});

	it('leaves nothing when it is given up, before and after the commit, however often', async () => {
		const half = await store.createWriter(KEY, {});
		half.stream.write('half of it');
		await half.abort();
		await half.abort();
		expect(everythingBelow(root)).toEqual([]);

		const whole = await write(KEY, 'payload');
		await whole.commit();
		await whole.abort();
		await whole.abort();
		expect(everythingBelow(root)).toEqual([]);
	});

	it('never overwrites, and giving up the second writer keeps the first file', async () => {
		await (await write(KEY, 'first')).commit();
		const second = await write(KEY, 'second');
		await expect(second.commit()).rejects.toBeInstanceOf(ConflictError);
		await second.abort();
		expect(readFileSync(join(root, KEY), 'utf8')).toBe('first');
		expect(everythingBelow(root).filter((path) => path.endsWith('.partial'))).toEqual([]);
	});

	it('lets exactly one of many put the same key, whole', async () => {
		const bodies = Array.from({ length: 12 }, (_, index) => `${index}`.repeat(50_000));
		const results = await Promise.allSettled(
			bodies.map((body) => store.putIfAbsent(KEY, Buffer.from(body))),
		);
		const winners = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
		expect(winners).toHaveLength(1);
		for (const result of results) {
			if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ConflictError);
		}
		expect(readFileSync(join(root, KEY), 'utf8')).toBe(bodies[winners[0] ?? -1]);
		expect(everythingBelow(join(root, FOLDER))).toEqual(['payload.dump']);
	});

	it('copes with another run that removes the folder at the same time', async () => {
		for (let round = 0; round < 20; round++) {
			const rival = await write(`${FOLDER}/rival-${round}`, 'x');
			const [writer] = await Promise.all([write(`${FOLDER}/mine-${round}`, 'y'), rival.abort()]);
			await writer.commit();
		}
		expect(await listed(FOLDER)).toHaveLength(20);
	});

	it.each(['../outside', '/etc/outside', 'a/../../outside', 'a/.hidden', 'x.partial', 'a\\b'])(
		'refuses the key %j',
		async (key) => {
			await expect(store.createWriter(key, {})).rejects.toBeInstanceOf(ConfigurationError);
			await expect(store.putIfAbsent(key, Buffer.alloc(1))).rejects.toBeInstanceOf(
				ConfigurationError,
			);
			await expect(store.read(key)).rejects.toBeInstanceOf(ConfigurationError);
			await expect(store.delete(key)).rejects.toBeInstanceOf(ConfigurationError);
			expect(everythingBelow(directory.path)).toEqual([]);
		},
	);
});

describe('reading and deleting', () => {
	it('gives back what was put', async () => {
		await store.putIfAbsent(KEY, Buffer.from('payload'));
		expect((await contentOf(await store.read(KEY))).toString()).toBe('payload');
	});

	it('says that a key is not there, and that a whole directory is not there', async () => {
		mkdirSync(root);
		await expect(store.read(KEY)).rejects.toBeInstanceOf(NotFoundError);
		const elsewhere = createDirectoryStore({ path: join(directory.path, 'unmounted') });
		await expect(elsewhere.read(KEY)).rejects.toBeInstanceOf(StoreError);
	});

	it('removes a key and the folders that it leaves empty, and is content when it is gone', async () => {
		await store.putIfAbsent(KEY, Buffer.from('payload'));
		await store.putIfAbsent('postgres/blog/keep', Buffer.from('other'));
		await store.delete(KEY);
		await store.delete(KEY);
		expect(everythingBelow(root)).toEqual(['postgres', 'postgres/blog', 'postgres/blog/keep']);
	});
});

describe('listing', () => {
	it('is in key order, by prefix, without what does not belong there', async () => {
		const keys = ['a-b/x', 'a/b', 'a/c/d', 'a0', 'b', 'b.c'];
		for (const key of keys) await store.putIfAbsent(key, Buffer.from(key));
		mkdirSync(join(root, '.snapshots'));
		writeFileSync(join(root, '.snapshots', 'x'), '');
		mkdirSync(join(root, 'lost+found'));
		writeFileSync(join(root, 'a', 'left.dump.0011.partial'), '');
		symlinkSync('/etc/hostname', join(root, 'a', 'link'));

		const found = (await listed('')).map(({ key }) => key);
		expect(found).toEqual([...keys].sort());
		expect((await listed('a/')).map(({ key }) => key)).toEqual(['a/b', 'a/c/d']);
		expect((await listed('b')).map(({ key }) => key)).toEqual(['b', 'b.c']);
		expect(await listed('nothing/here/')).toEqual([]);
		expect(await listed('../')).toEqual([]);
	});

	it('does not take a directory that is missing for an empty one', async () => {
		await expect(listed('')).rejects.toMatchObject({
			name: 'StoreError',
			message: `The directory ${root} cannot be used. It does not exist.`,
			hint: expect.stringContaining('mounted'),
		});
	});

	it('stops when it is cancelled', async () => {
		await store.putIfAbsent(KEY, Buffer.from('payload'));
		const stopped = store.list('', AbortSignal.abort());
		await expect(stopped[Symbol.asyncIterator]().next()).rejects.toMatchObject({
			name: 'AbortError',
		});
	});
});

describe('the directory itself', () => {
	it('is created when its parent exists', async () => {
		await store.check();
		expect(everythingBelow(directory.path)).toEqual(['repository']);
	});

	it('is not created when its parent is missing', async () => {
		const deep = createDirectoryStore({ path: join(directory.path, 'typing/mistake') });
		await expect(deep.check()).rejects.toMatchObject({
			message: expect.stringContaining('It does not exist.'),
			hint: expect.stringContaining('creates the last folder'),
		});
		expect(everythingBelow(directory.path)).toEqual([]);
	});

	it('cannot be a file', async () => {
		writeFileSync(root, 'a file');
		await expect(store.check()).rejects.toMatchObject({
			message: `The directory ${root} cannot be used. A part of the path is a file, not a folder.`,
		});
	});

	it('has to be an absolute path', () => {
		expect(() => createDirectoryStore({ path: 'backups' })).toThrow(ConfigurationError);
	});
});
