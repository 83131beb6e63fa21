import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { ConflictError } from '../../../core/errors';
import { type S3Server, startS3Server } from '../../support/s3-server';
import { failureOf, SHORT_LIMITS, storeOn, writeObject } from './setup';

const BIG = 9 * 1024 * 1024;

describe('keys of an S3 bucket are written once', () => {
	let server: S3Server;
	beforeAll(async () => {
		server = await startS3Server();
	});
	afterEach(() => {
		server.faults.clear();
	});
	afterAll(async () => await server.stop());

	it('lets exactly one of twelve win', async () => {
		const stores = Array.from({ length: 12 }, () => storeOn(server));
		const results = await Promise.allSettled(
			stores.map(async (store, n) => await store.putIfAbsent('race', Buffer.from(`body ${n}`))),
		);
		const winners = results.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []));
		const losers = results.flatMap((result) =>
			result.status === 'rejected' ? [result.reason] : [],
		);
		expect(winners).toHaveLength(1);
		expect(losers.every((reason) => reason instanceof ConflictError)).toBe(true);
		expect(String(await buffer(await storeOn(server).read('race')))).toBe(`body ${winners[0]}`);
	});

	it('refuses a writer for a key that exists, before any byte is sent', async () => {
		const store = storeOn(server);
		await writeObject(store, 'taken', Buffer.from('first'));
		expect(await failureOf(store.createWriter('taken', {}))).toBeInstanceOf(ConflictError);
	});

	it.each([
		['small', 10, false],
		['large', BIG, false],
		['small, on a server without conditional writes', 10, true],
		['large, on a server without conditional writes', BIG, true],
	])('lets one of two writers of a %s object commit', async (name, bytes, ignore) => {
		if (ignore) server.faults.add({ effect: { kind: 'ignore-condition' } });
		const store = storeOn(server);
		const [first, second] = [randomBytes(bytes), randomBytes(bytes)];
		const one = await store.createWriter(name, {});
		const two = await store.createWriter(name, {});
		await pipeline(Readable.from([first]), one.stream);
		await pipeline(Readable.from([second]), two.stream);
		await one.commit();

		expect(await failureOf(two.commit())).toBeInstanceOf(ConflictError);
		await two.abort();

		expect((await buffer(await store.read(name))).equals(first)).toBe(true);
		expect(server.openUploads()).toEqual([]);
	});

	it.each(['small', 'large'])(
		'writes a %s object to a server that refuses conditions',
		async (name) => {
			server.faults.add({
				when: ({ headers }) => headers['if-none-match'] !== undefined,
				effect: { kind: 'status', status: 501, code: 'NotImplemented' },
			});
			const content = randomBytes(name === 'small' ? 10 : BIG);
			const store = storeOn(server, SHORT_LIMITS);
			await writeObject(store, `501-${name}`, content);
			expect((await buffer(await store.read(`501-${name}`))).equals(content)).toBe(true);
		},
	);

	it('knows its own object when the answer to the first attempt was lost', async () => {
		const lost = server.faults.add({ method: 'PUT', times: 1, effect: { kind: 'lose-answer' } });
		await storeOn(server).putIfAbsent('lost', Buffer.from('mine'));
		expect(lost()).toBe(1);
		expect(String(await server.content('dr/main/lost'))).toBe('mine');
	});

	it('knows its own upload when the answer to its completion was lost', async () => {
		const lost = server.faults.add({
			method: 'POST',
			when: ({ query }) => query.has('uploadId'),
			times: 1,
			effect: { kind: 'lose-answer' },
		});
		await writeObject(storeOn(server), 'lost-upload', randomBytes(BIG));
		expect(lost()).toBe(1);
		expect(server.openUploads()).toEqual([]);
	});

	it('says that the outcome is unknown when nobody answers any more', async () => {
		const store = storeOn(server, SHORT_LIMITS);
		server.faults.add({ method: 'PUT', effect: { kind: 'lose-answer' } });
		server.faults.add({ method: 'HEAD', after: 1, effect: { kind: 'hang' } });
		const failure = await failureOf(store.putIfAbsent('doubt', Buffer.from('x')));
		expect(failure.message).toContain('It is unknown whether doubt was written');
	});
});
