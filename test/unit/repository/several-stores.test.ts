import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
	BackupError,
	CancelledError,
	ConflictError,
	ConnectionError,
	StoreError,
} from '../../../core/errors';
import { listBackups, readManifest } from '../../../core/repository/catalogue';
import { PartialBackupError } from '../../../core/repository/commit';
import { openPayload } from '../../../core/repository/read-backup';
import type { Repository } from '../../../core/repository/repository';
import type { Store } from '../../../core/repository/store';
import { recordVerification } from '../../../core/repository/verification';
import { verifyStored } from '../../../core/repository/verify-stored';
import { writeBackup } from '../../../core/repository/write-backup';
import { contentOf, FACTS, requestFor, sourceOf } from '../../support/repository/sample-backup';
import { MemoryStore, type Faults } from './memory-store';

const PAYLOAD = randomBytes(300_000);
const cut = new ConnectionError('The connection was cut.', { hint: 'Plug it in.' });

const repositoryOf = (...stores: Store[]): Repository => ({ stores, encryption: { kind: 'none' } });
const request = () => requestFor(PAYLOAD, { compression: { algorithm: 'none' } });

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
	return await promise.then(
		() => {
			throw new Error('It did not fail.');
		},
		(error: unknown) => error,
	);
}

function expectNothingIn(store: MemoryStore): void {
	expect([...store.objects.keys()]).toEqual([]);
	expect(store.openWriters).toBe(0);
}

function expectWholeBackupIn(store: MemoryStore): void {
	expect(store.objects.size).toBe(2);
	expect([...store.objects.values()].some((body) => body.equals(PAYLOAD))).toBe(true);
	expect(store.openWriters).toBe(0);
}

describe('one store that fails', () => {
	const faults: [string, Faults][] = [
		['when it is opened', { createWriter: cut }],
		['at the first byte', { writeAfter: { bytes: 1, error: cut } }],
		['in the middle', { writeAfter: { bytes: 150_000, error: cut } }],
		['at the last byte', { writeAfter: { bytes: PAYLOAD.length, error: cut } }],
		['at the commit', { commit: cut }],
		['by confirming another size', { commitReports: 299_999 }],
		['at the manifest', { putIfAbsent: { when: 'before', error: cut } }],
	];

	it.each(faults)('%s leaves nothing there, and the other copy whole', async (_when, fault) => {
		for (const position of ['first', 'last']) {
			const good = new MemoryStore('good');
			const bad = new MemoryStore('bad', fault);
			const stores = position === 'first' ? [bad, good] : [good, bad];
			const error = await failureOf(writeBackup(repositoryOf(...stores), request()));

			expectNothingIn(bad);
			expectWholeBackupIn(good);
			expect(error).toBeInstanceOf(PartialBackupError);
			expect(error).toBeInstanceOf(StoreError);
			expect(error).toMatchObject({
				message: expect.stringMatching(
					/^The backup shop-20261122170000 is stored in good, .* bad: /,
				),
				storedIn: ['good'],
				manifest: { id: 'shop-20261122170000', payload: { raw: { bytes: PAYLOAD.length } } },
			});
		}
	});

	it.each(faults)('%s leaves no backup at all where it is the only one', async (_when, fault) => {
		const bad = new MemoryStore('bad', fault);
		const asked = request();
		const error = await failureOf(writeBackup(repositoryOf(bad), asked));
		expectNothingIn(bad);
		expect(error).toBeInstanceOf(StoreError);
		expect(error).not.toBeInstanceOf(PartialBackupError);
		expect(error).toMatchObject({ message: expect.stringContaining('bad: ') });
		expect(asked.source.stream.destroyed).toBe(true);
	});
});

it('gives back what a failed copy holds while the others go on', async () => {
	const [good, bad] = [
		new MemoryStore('good'),
		new MemoryStore('bad', { writeAfter: { bytes: 1000, error: cut } }),
	];
	let heldAtTheEnd: number | undefined;
	const source = {
		...sourceOf(PAYLOAD),
		complete: async () => {
			heldAtTheEnd = bad.openWriters;
			return FACTS;
		},
	};
	const run = writeBackup(repositoryOf(good, bad), requestFor(source));
	expect(await failureOf(run)).toBeInstanceOf(PartialBackupError);
	expect(heldAtTheEnd).toBe(0);
});

describe('the manifest', () => {
	it('counts as written where only the answer was lost', async () => {
		const store = new MemoryStore('s3', { putIfAbsent: { when: 'after', error: cut } });
		await writeBackup(repositoryOf(store), request());
		expectWholeBackupIn(store);
	});

	it('counts as written where a repetition met the first attempt', async () => {
		const conflict = new ConflictError('It exists.', { hint: 'None.' });
		const store = new MemoryStore('s3', { putIfAbsent: { when: 'after', error: conflict } });
		await writeBackup(repositoryOf(store), request());
		expectWholeBackupIn(store);
	});

	it('is called unknown, and its payload kept, where the store stays silent', async () => {
		const silent = new MemoryStore('s3', {
			putIfAbsent: { when: 'after', error: cut },
			read: cut,
		});
		const error = await failureOf(writeBackup(repositoryOf(silent), request()));
		expect(error).toMatchObject({
			message: expect.stringMatching(
				/^It is unknown whether the backup .* The connection was cut\.$/,
			),
		});
		expectWholeBackupIn(silent);
	});
});

describe('two runs with one id', () => {
	it('end with one backup, and the loser removes its own copies', async () => {
		const stores = [new MemoryStore('a'), new MemoryStore('b')];
		const repository = repositoryOf(...stores);
		const results = await Promise.allSettled([
			writeBackup(repository, request()),
			writeBackup(repository, request()),
		]);
		const lost = results.filter((result) => result.status === 'rejected');
		expect(lost).toHaveLength(1);
		expect(lost[0]?.reason).toBeInstanceOf(ConflictError);
		for (const store of stores) expectWholeBackupIn(store);
		const read = await openPayload(repository, request());
		expect((await contentOf(read.stream)).equals(PAYLOAD)).toBe(true);
	});
});

describe('a source that fails', () => {
	const broken = new BackupError('pg_dump: out of memory', { hint: 'Add memory.' });

	it('in the middle leaves nothing in any store', async () => {
		const stores = [new MemoryStore('a'), new MemoryStore('b')];
		const stream = Readable.from(
			(function* () {
				yield PAYLOAD.subarray(0, 100_000);
				throw broken;
			})(),
			{ objectMode: false },
		);
		const source = { stream, complete: async () => FACTS };
		expect(await failureOf(writeBackup(repositoryOf(...stores), requestFor(source)))).toBe(broken);
		stores.forEach(expectNothingIn);
	});

	it('before anybody listens is reported all the same', async () => {
		const store = new MemoryStore('a');
		const stream = new Readable({ read() {} });
		stream.destroy(broken);
		const source = { stream, complete: async () => FACTS };
		expect(await failureOf(writeBackup(repositoryOf(store), requestFor(source)))).toBe(broken);
		expectNothingIn(store);
	});

	it('after its last byte leaves nothing in any store', async () => {
		const stores = [new MemoryStore('a'), new MemoryStore('b')];
		const source = { ...sourceOf(PAYLOAD), complete: () => Promise.reject(broken) };
		expect(await failureOf(writeBackup(repositoryOf(...stores), requestFor(source)))).toBe(broken);
		stores.forEach(expectNothingIn);
	});

	it('is put into words where its error is not', async () => {
		const store = new MemoryStore('a');
		const stream = new Readable({ read: () => stream.destroy(new Error('read ECONNRESET')) });
		const source = { stream, complete: async () => FACTS };
		const error = await failureOf(writeBackup(repositoryOf(store), requestFor(source)));
		expect(error).toBeInstanceOf(BackupError);
		expect(error).toMatchObject({ message: expect.stringContaining('read ECONNRESET') });
	});
});

describe('a cancelled run', () => {
	it.each([
		['while the source is silent', {}],
		['while a store hangs', { hangAfter: 1 }],
	])('%s leaves nothing behind', async (_when, fault) => {
		const stores = [new MemoryStore('a', fault), new MemoryStore('b')];
		const stream = new Readable({ read() {} });
		stream.push(PAYLOAD);
		const abort = new AbortController();
		const source = { stream, complete: async () => FACTS };
		const run = writeBackup(
			repositoryOf(...stores),
			requestFor(source, { compression: { algorithm: 'none' } }),
			abort.signal,
		);
		setTimeout(() => abort.abort(), 50);
		expect(await failureOf(run)).toBeInstanceOf(CancelledError);
		expect(stream.destroyed).toBe(true);
		stores.forEach(expectNothingIn);
	});

	it('before it begins touches no store', async () => {
		const store = new MemoryStore('a', { createWriter: new Error('It was touched.') });
		const run = writeBackup(repositoryOf(store), request(), AbortSignal.abort());
		expect(await failureOf(run)).toBeInstanceOf(CancelledError);
	});

	it('between the payload and the manifest takes the payload back', async () => {
		const store = new MemoryStore('a');
		const abort = new AbortController();
		const source = {
			...sourceOf(PAYLOAD),
			complete: async () => {
				abort.abort();
				return FACTS;
			},
		};
		const run = writeBackup(repositoryOf(store), requestFor(source), abort.signal);
		expect(await failureOf(run)).toBeInstanceOf(CancelledError);
		expectNothingIn(store);
	});
});

describe('reading from several stores', () => {
	it('falls back to the store that can', async () => {
		const [down, up] = [new MemoryStore('down', { read: cut }), new MemoryStore('up')];
		await writeBackup(repositoryOf(up), request());
		const repository = repositoryOf(down, up);
		expect(await openPayload(repository, request())).toMatchObject({ store: 'up' });
		expect(await readManifest(repository, request())).toMatchObject({ storedIn: ['up'] });
		await expect(openPayload(repository, request(), { store: 'down' })).rejects.toBe(cut);
		expect(await verifyStored(repository, request())).toMatchObject([
			{ store: 'down', state: 'unknown' },
			{ store: 'up', state: 'whole' },
		]);
	});

	it('prefers a reason to "not found"', async () => {
		const repository = repositoryOf(
			new MemoryStore('empty'),
			new MemoryStore('down', { read: cut }),
		);
		await expect(openPayload(repository, request())).rejects.toBe(cut);
	});

	it('reports a store that breaks off, and closes what was open', async () => {
		const store = new MemoryStore('a');
		await writeBackup(repositoryOf(store), request());
		const torn = new Readable({ read() {} });
		torn.push(PAYLOAD.subarray(0, 1000));
		const read = store.read.bind(store);
		store.read = async (key) => (key.endsWith('.json') ? await read(key) : torn);
		const { stream } = await openPayload(repositoryOf(store), request());
		setTimeout(() => torn.destroy(new Error('socket hang up')), 20);
		await expect(contentOf(stream)).rejects.toMatchObject({
			name: 'StoreError',
			message: 'Reading from a broke off: socket hang up.',
		});
	});

	it.each(['destroyed', 'cancelled'])('closes a silent store when it is %s', async (how) => {
		const store = new MemoryStore('a');
		await writeBackup(repositoryOf(store), request());
		const silent = new Readable({ read() {} });
		const read = store.read.bind(store);
		store.read = async (key) => (key.endsWith('.json') ? await read(key) : silent);
		const abort = new AbortController();
		const { signal } = abort;
		const { stream } = await openPayload(repositoryOf(store), request(), { signal });
		const failure = failureOf(contentOf(stream));
		const closed = new Promise((resolve) => silent.once('close', resolve));
		if (how === 'destroyed') stream.destroy();
		else abort.abort();
		await closed;
		if (how === 'cancelled') expect(await failure).toBeInstanceOf(CancelledError);
		else await failure;
	});
});

describe('the catalogue', () => {
	it('names a store that cannot be listed, and fails only when none can', async () => {
		const up = new MemoryStore('up');
		const down = new MemoryStore('down', { list: cut });
		await writeBackup(repositoryOf(up), request());
		expect(await listBackups(repositoryOf(down, up))).toMatchObject({
			backups: [{ id: 'shop-20261122170000', storedIn: ['up'] }],
			unavailable: [{ store: 'down', reason: 'The connection was cut.' }],
		});
		await expect(listBackups(repositoryOf(down))).rejects.toBeInstanceOf(StoreError);
	});
});

describe('verification records', () => {
	it('go to every store that holds the backup, and name the one that failed', async () => {
		const [a, empty] = [new MemoryStore('a'), new MemoryStore('empty')];
		await writeBackup(repositoryOf(a), request());
		const record = { level: 'stored' as const, at: new Date(), durationMs: 5, details: {} };
		await recordVerification(repositoryOf(a, empty), request(), record);
		await recordVerification(repositoryOf(a, empty), request(), record);
		expect(a.objects.size).toBe(3);
		expect(empty.objects.size).toBe(0);

		const down = new MemoryStore('down', { list: cut });
		await expect(
			recordVerification(repositoryOf(a, down), request(), record),
		).rejects.toMatchObject({ message: expect.stringContaining('down: The connection was cut.') });
		await expect(recordVerification(repositoryOf(empty), request(), record)).rejects.toMatchObject({
			name: 'NotFoundError',
		});
	});
});

describe('a read that is cancelled', () => {
	it('while a store answers is rejected, and leaves no stream that fails unheard', async () => {
		const cancel = new AbortController();
		const store = new MemoryStore('slow');
		await writeBackup(repositoryOf(store), request());
		const opened: Readable[] = [];
		const read = store.read.bind(store);
		store.read = async (key) => {
			const stream = await read(key);
			if (key.endsWith('manifest.json')) return stream;
			opened.push(stream);
			cancel.abort();
			return stream;
		};
		await expect(
			openPayload(repositoryOf(store), request(), { signal: cancel.signal }),
		).rejects.toBeInstanceOf(CancelledError);
		expect(opened.map(({ destroyed }) => destroyed)).toEqual([true]);
	});

	it('before anybody listens is told to whoever reads it then', async () => {
		const cancel = new AbortController();
		const store = new MemoryStore('a');
		await writeBackup(repositoryOf(store), request());
		const { stream } = await openPayload(repositoryOf(store), request(), cancel);
		cancel.abort();
		await new Promise((resolve) => setImmediate(resolve));
		await expect(buffer(stream)).rejects.toBeInstanceOf(CancelledError);
	});
});
