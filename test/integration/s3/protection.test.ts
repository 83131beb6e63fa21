import { randomBytes } from 'node:crypto';
import { ConfigurationError, ConnectionError, StoreError } from '../../../core/errors';
import { createS3Store, type S3StoreSettings } from '../../../core/repository/stores/s3';
import { type S3Server, startS3Server } from '../../support/s3-server';
import { failureOf, settingsFor, SHORT_LIMITS, storeOn, writeObject } from './setup';

const MIB = 1024 * 1024;
const DAY_MS = 24 * 60 * 60_000;
const FOLDER = 'postgres/shop/shop-20261122170000/';
const PREFIX = 'dr/main/';
const LOCK: Partial<S3StoreSettings> = { objectLock: { mode: 'COMPLIANCE', days: 30 } };
const KMS_KEY = 'arn:aws:kms:eu-test-1:1:key/42';

describe('Object Lock of an S3 store', () => {
	let server: S3Server;
	beforeAll(async () => {
		server = await startS3Server({ objectLock: true });
	});
	afterEach(() => server.faults.clear());
	afterAll(async () => await server.stop());

	it.each([
		['in one request', 'small', 1_000],
		['in parts', 'large', 6 * MIB],
	])('locks a payload that is sent %s for its days', async (_how, name, bytes) => {
		const key = `${FOLDER}shop-20261122170000-${name}.dump`;
		const before = Date.now();
		await writeObject(storeOn(server, {}, LOCK), key, randomBytes(bytes));
		const { retention } = server.protection(PREFIX + key);
		expect(retention?.mode).toBe('COMPLIANCE');
		const days = (Number(retention?.until) - before) / DAY_MS;
		expect(Math.round(days)).toBe(30);
	});

	it('locks a manifest, and not the records that are written long after it', async () => {
		const store = storeOn(server, {}, { objectLock: { mode: 'GOVERNANCE', days: 1 } });
		const record = `${FOLDER}verified-stored-20261122180000.json`;
		await store.putIfAbsent(`${FOLDER}manifest.json`, Buffer.from('{}'));
		await store.putIfAbsent(record, Buffer.from('{}'));
		expect(server.protection(`${PREFIX}${FOLDER}manifest.json`).retention?.mode).toBe('GOVERNANCE');
		expect(server.protection(PREFIX + record).retention).toBeUndefined();
	});

	it('is found by the test of the credential, which locks nothing', async () => {
		const seen = server.requests.length;
		await storeOn(server, SHORT_LIMITS, LOCK).check();
		const put = server.requests.slice(seen).find(({ method }) => method === 'PUT');
		expect(put).toBeDefined();
		expect(Object.keys(put?.headers ?? {}).join()).not.toContain('object-lock');
	});

	it.each([
		['bucket', undefined, /has no Object Lock/],
		['server', 'NotImplemented', /has no Object Lock/],
		['right to look', 'AccessDenied', /refused it to this access key/],
	])('is missed by that test, which then writes nothing: no %s', async (what, code, message) => {
		const other = await startS3Server({ objectLock: what !== 'bucket' });
		try {
			if (code !== undefined) {
				other.faults.add({
					when: ({ query }) => query.has('object-lock'),
					effect: { kind: 'status', status: code === 'AccessDenied' ? 403 : 501, code },
				});
			}
			const failure = await failureOf(storeOn(other, SHORT_LIMITS, LOCK).check());
			expect(failure.message).toMatch(message);
			if (code === 'AccessDenied') {
				expect(failure).toBeInstanceOf(ConnectionError);
				expect(failure.hint).toContain('s3:GetBucketObjectLockConfiguration');
			}
			expect(other.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
		} finally {
			await other.stop();
		}
	});

	it('names the setting to a backup that a bucket without it refuses', async () => {
		const other = await startS3Server();
		try {
			const store = storeOn(other, SHORT_LIMITS, LOCK);
			const failure = await failureOf(store.putIfAbsent(`${FOLDER}manifest.json`, Buffer.of(1)));
			expect(failure).toBeInstanceOf(StoreError);
			expect(failure.hint).toContain('asks for Object Lock');
			expect(other.objects()).toEqual([]);
		} finally {
			await other.stop();
		}
	});

	it.each([0, -1, 1.5, 36_501, Number.NaN])('cannot be for %p days', (days) => {
		const objectLock = { mode: 'GOVERNANCE', days } as const;
		expect(() => createS3Store({ ...settingsFor(server), objectLock })).toThrow(ConfigurationError);
	});
});

describe('server-side encryption of an S3 store', () => {
	let server: S3Server;
	beforeAll(async () => {
		server = await startS3Server();
	});
	afterEach(() => server.faults.clear());
	afterAll(async () => await server.stop());

	it.each<[string, S3StoreSettings['serverSideEncryption']]>([
		['of the bucket', undefined],
		['of the server', { algorithm: 'AES256' }],
		['with the default key', { algorithm: 'aws:kms' }],
		['with a key', { algorithm: 'aws:kms', keyId: KMS_KEY }],
	])('is asked for with every object, and tested: %s', async (what, serverSideEncryption) => {
		const store = storeOn(server, {}, { serverSideEncryption, prefix: what });
		await store.check();
		await store.putIfAbsent('small', Buffer.of(1));
		await writeObject(store, 'large', randomBytes(6 * MIB));
		for (const key of ['small', 'large']) {
			const { encryption } = server.protection(`${what}/${key}`);
			expect(encryption?.algorithm).toBe(serverSideEncryption?.algorithm);
			if (what === 'with a key') expect(encryption?.keyId).toBe(KMS_KEY);
		}
	});

	it('is missed by the test of the credential where the server ignores it', async () => {
		server.faults.add({ method: 'PUT', effect: { kind: 'ignore-encryption' } });
		const before = server.objects();
		const failure = await failureOf(
			storeOn(server, SHORT_LIMITS, { serverSideEncryption: { algorithm: 'AES256' } }).check(),
		);
		expect(failure).toBeInstanceOf(StoreError);
		expect(failure.message).toContain('does not encrypt what is written to it');
		expect(server.objects()).toEqual(before);
	});
});
