import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
	CancelledError,
	ConnectionError,
	IntegrityError,
	NotFoundError,
	StoreError,
} from '../../../core/errors';
import {
	type FaultRule,
	type RequestFacts,
	type S3Server,
	startS3Server,
} from '../../support/s3-server';
import { failureOf, SHORT_LIMITS, storeOn, writeObject } from './setup';

const MIB = 1024 * 1024;

const isPart = ({ query }: RequestFacts) => query.has('partNumber');
const isCreate = ({ method, query }: RequestFacts) => method === 'POST' && query.has('uploads');
const isComplete: FaultRule = {
	method: 'POST',
	when: ({ query }) => query.has('uploadId'),
	effect: { kind: 'hang' },
};

describe('an S3 server with faults', () => {
	let server: S3Server;
	beforeEach(async () => {
		server = await startS3Server();
	});
	afterEach(async () => await server.stop());

	describe('while writing', () => {
		it.each<[string, FaultRule]>([
			['fails once', { method: 'PUT', times: 1, effect: status(500, 'InternalError') }],
			['is busy once', { method: 'PUT', times: 1, effect: status(503, 'SlowDown') }],
			[
				'breaks a part off',
				{ when: isPart, times: 1, effect: { kind: 'cut-request', afterBytes: MIB } },
			],
			['loses the answer to a part', { when: isPart, times: 1, effect: { kind: 'lose-answer' } }],
			[
				'loses the answer to the start',
				{ when: isCreate, times: 1, effect: { kind: 'lose-answer' } },
			],
			['stalls once', { when: isPart, times: 1, effect: { kind: 'hang' } }],
		])('is written to all the same when it %s', async (_name, rule) => {
			const strikes = server.faults.add(rule);
			const content = randomBytes(20 * MIB);
			const store = storeOn(server, { ...SHORT_LIMITS, attempts: 3 });
			await writeObject(store, 'backup', content);
			expect(strikes()).toBe(1);
			expect((await server.content('dr/main/backup')).equals(content)).toBe(true);
			expect(server.openUploads()).toEqual([]);
		});

		it.each<[string, FaultRule, RegExp]>([
			[
				'fails for good',
				{ when: isPart, effect: status(500, 'InternalError') },
				/fault of its own/,
			],
			['stays busy', { when: isPart, effect: status(503, 'SlowDown') }, /overloaded/],
			[
				'refuses parts',
				{ when: isPart, effect: status(403, 'AccessDenied') },
				/refused it to this/,
			],
			['is full', { when: isPart, effect: status(507, 'XMinioStorageFull') }, /is full/],
			['breaks off', { when: isPart, effect: { kind: 'cut-request', afterBytes: MIB } }, /broke/],
			['stalls', { when: isPart, effect: { kind: 'hang' } }, /stopped answering/],
			['loses every start', { when: isCreate, effect: { kind: 'lose-answer' } }, /broke/],
			['stalls at the end', isComplete, /stopped answering/],
			[
				'refuses the end',
				{ ...isComplete, effect: status(403, 'AccessDenied') },
				/refused it to this/,
			],
		])('keeps no trace of the object when it %s', async (_name, rule, text) => {
			server.faults.add(rule);
			const store = storeOn(server, SHORT_LIMITS);
			const writer = await store.createWriter('backup', {});
			const writing = pipeline(Readable.from([randomBytes(20 * MIB)]), writer.stream);
			const failure = await failureOf(writing.then(async () => await writer.commit()));
			expect(failure.message).toMatch(text);
			expect(failure.hint).not.toBe('');
			// A stalled server that is asked to forget must be reachable again for that.
			server.faults.clear();
			await writer.abort();
			expect(server.openUploads()).toEqual([]);
			expect(server.objects()).toEqual([]);
		});

		it('is cleared by the abort of a finished write, committed or not', async () => {
			const store = storeOn(server);
			for (const commit of [true, false]) {
				const writer = await store.createWriter('backup', {});
				await pipeline(Readable.from([randomBytes(9 * MIB)]), writer.stream);
				if (commit) await writer.commit();
				await writer.abort();
				await writer.abort();
				expect(server.objects()).toEqual([]);
				expect(server.openUploads()).toEqual([]);
			}
		});

		it('is left clean by a cancel in the middle of an upload', async () => {
			const cancel = new AbortController();
			const store = storeOn(server, SHORT_LIMITS);
			const writer = await store.createWriter('backup', { signal: cancel.signal });
			const writing = failureOf(pipeline(endless(), writer.stream));
			await until(() => (server.openUploads()[0]?.parts ?? 0) >= 2);
			cancel.abort();
			expect(await writing).toBeInstanceOf(CancelledError);
			await writer.abort();
			expect(server.openUploads()).toEqual([]);
			expect(server.objects()).toEqual([]);
		});

		it('is left clean when the stream is torn down and nobody calls abort', async () => {
			const writer = await storeOn(server).createWriter('backup', {});
			const writing = pipeline(endless(), writer.stream).catch(() => {});
			await until(() => (server.openUploads()[0]?.parts ?? 0) >= 1);
			writer.stream.destroy();
			await writing;
			await until(() => server.openUploads().length === 0);
		});
	});

	describe('while reading', () => {
		const content = randomBytes(6 * MIB);
		beforeEach(async () => await writeObject(storeOn(server), 'backup', content));

		it('goes on where it was cut, again and again', async () => {
			const cut: FaultRule = {
				method: 'GET',
				effect: { kind: 'cut-response', afterBytes: 1.4 * MIB },
			};
			const strikes = server.faults.add(cut);
			const received = await buffer(await storeOn(server, SHORT_LIMITS).read('backup'));
			expect(received.equals(content)).toBe(true);
			expect(strikes()).toBe(5);
		});

		it('goes on where it stalled', async () => {
			server.faults.add({
				method: 'GET',
				times: 1,
				effect: { kind: 'stall-response', afterBytes: MIB },
			});
			const received = await buffer(await storeOn(server, SHORT_LIMITS).read('backup'));
			expect(received.equals(content)).toBe(true);
		});

		it('gives up when nothing comes any more', async () => {
			const strikes = server.faults.add({
				method: 'GET',
				effect: { kind: 'cut-response', afterBytes: 1_000 },
			});
			const failure = await failureOf(buffer(await storeOn(server, SHORT_LIMITS).read('backup')));
			expect(failure).toBeInstanceOf(ConnectionError);
			expect(strikes()).toBe(6);
		}, 20_000);

		it('does not join two versions of an object', async () => {
			server.faults.add({
				method: 'GET',
				times: 1,
				effect: { kind: 'cut-response', afterBytes: MIB },
			});
			const store = storeOn(server, SHORT_LIMITS);
			const stream = await store.read('backup');
			await store.delete('backup');
			await writeObject(store, 'backup', randomBytes(6 * MIB));
			expect(await failureOf(buffer(stream))).toBeInstanceOf(IntegrityError);
		});

		it('waits for a consumer that is slower than the idle timeout', async () => {
			const stream = await storeOn(server, SHORT_LIMITS).read('backup');
			const pieces: Buffer[] = [];
			for await (const piece of stream as AsyncIterable<Buffer>) {
				if (pieces.length === 0) await sleep(2_000);
				pieces.push(piece);
			}
			expect(Buffer.concat(pieces).equals(content)).toBe(true);
		});

		it('stops at a cancel', async () => {
			server.faults.add({ method: 'GET', effect: { kind: 'stall-response', afterBytes: MIB } });
			const cancel = new AbortController();
			const reading = failureOf(buffer(await storeOn(server).read('backup', cancel.signal)));
			cancel.abort();
			expect(await reading).toBeInstanceOf(CancelledError);
		});

		it('says which object is missing', async () => {
			const failure = await failureOf(storeOn(server).read('postgres/none'));
			expect(failure).toBeInstanceOf(NotFoundError);
			expect(failure.message).toContain('postgres/none in S3 bucket backups/dr/main');
		});
	});

	it('fails a listing that does not get on, in place of a short one', async () => {
		server.faults.add({ method: 'GET', effect: { kind: 'hang' } });
		const listing = storeOn(server, SHORT_LIMITS).list('')[Symbol.asyncIterator]();
		const failure = await failureOf(listing.next());
		expect(failure).toBeInstanceOf(ConnectionError);
		expect(failure).not.toBeInstanceOf(StoreError);
	});
});

function status(code: number, name: string) {
	return { kind: 'status', status: code, code: name } as const;
}

function endless(): Readable {
	return Readable.from(
		(function* () {
			for (;;) yield Buffer.alloc(64 * 1024, 7);
		})(),
	);
}

async function until(condition: () => boolean): Promise<void> {
	for (let waited = 0; !condition(); waited += 10) {
		if (waited > 10_000) throw new Error('It did not come to that.');
		await sleep(10);
	}
}
