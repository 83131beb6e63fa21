import { randomBytes } from 'node:crypto';
import { CreateMultipartUploadCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { listBackups } from '../../../core/repository/catalogue';
import { pruneBackups, type PruneRequest } from '../../../core/repository/prune';
import type { Repository } from '../../../core/repository/repository';
import { type PlantedBackup, plantedKeys } from '../../support/repository/plant-backup';
import { type S3Server, startS3Server } from '../../support/s3-server';
import { SHORT_LIMITS, storeOn } from './setup';

const DAY = 24 * 60 * 60_000;
const HOUR = DAY / 24;
const PREFIX = 'dr/main/';
let server: S3Server;
let repository: Repository;

async function start(options: Parameters<typeof startS3Server>[0] = {}): Promise<void> {
	server = await startS3Server(options);
	repository = { stores: [storeOn(server, SHORT_LIMITS)], encryption: { kind: 'none' } };
}

afterEach(async () => await server.stop());

const request = (overrides: Partial<PruneRequest> = {}): PruneRequest => ({
	...{ filter: {}, rules: { keepLast: 1 }, timeZone: 'UTC', dryRun: false, ...overrides },
});
const hour = (number: number) => new Date(Date.UTC(2026, 0, 1, number));
const versions = () => server.versions().map(({ key }) => key.slice(PREFIX.length));
const isAbout =
	(word: string) =>
	({ query }: { query: URLSearchParams }) =>
		query.has(word);

/** Puts a backup into the bucket; its id and the names of its objects. */
async function plant(backup: PlantedBackup, modifiedAt = new Date(Date.now() - 2 * DAY)) {
	const { id, keys } = plantedKeys(backup);
	for (const key of keys) await server.plant(PREFIX + key, modifiedAt);
	return { id, keys };
}

async function outcomes() {
	const { groups, ...rest } = await pruneBackups(repository, request());
	const backups = groups.flatMap((group) => group.backups);
	return {
		...rest,
		backups: Object.fromEntries(
			backups.map(({ entry, outcome, reasons }) => [entry.id, [outcome, ...reasons]]),
		),
	};
}

it('lists and prunes 10,000 backups in few requests', async () => {
	await start();
	repository = { ...repository, stores: [storeOn(server)] };
	const now = Date.now();
	for (let number = 1; number <= 10_000; number++) {
		await plant({ at: new Date(now - number * HOUR), levels: ['stored'] });
	}
	const foreign = ['other/dr/main/file', `${PREFIX}postgres/shop/notes.txt`];
	for (const key of foreign) await server.plant(key, new Date(0));

	expect((await listBackups(repository)).backups).toHaveLength(10_000);
	expect(server.requests).toHaveLength(31);
	server.requests.length = 0;
	const rules = { keepHourly: 48, keepDaily: 14, keepWeekly: 8, keepMonthly: 12 };
	await pruneBackups(repository, request({ rules }));
	// 31 pages; 20 rounds of three deletions; versioning, locks, time, probes and uploads.
	expect(server.requests.length).toBeLessThan(110);
	const left = server.objects().map(({ key }) => key);
	expect(left).toEqual(expect.arrayContaining(foreign));
	expect((await listBackups(repository)).backups.length).toBeLessThan(90);
});

it('removes every version in a bucket that keeps them', async () => {
	await start({ versioning: true, pageSize: 3 });
	const [first, second] = [
		await plant({ at: hour(1), levels: ['stored'] }),
		await plant({ at: hour(2) }),
	];
	// What a retry or an operator may have added to the history of a key.
	await server.plant(PREFIX + (first.keys[0] ?? ''), new Date());
	expect((await outcomes()).backups).toEqual({
		[first.id]: ['removed'],
		[second.id]: ['kept', 'last', 'newest'],
	});
	expect(versions()).toEqual(second.keys.toSorted());
});

it.each(['versions', 'versioning'])('works without the right to look at %s', async (word) => {
	await start({ versioning: true });
	const effect = { kind: 'status', status: 403, code: 'AccessDenied' } as const;
	server.faults.add({ method: 'GET', when: isAbout(word), effect });
	const [first] = [await plant({ at: hour(1) }), await plant({ at: hour(2) })];
	const { backups, warnings } = await outcomes();
	expect(backups[first.id]).toEqual(['removed']);
	expect((await listBackups(repository)).backups).toHaveLength(1);
	if (word === 'versioning') expect(warnings).toEqual([]);
	else expect(warnings.join()).toContain('still takes space there');
});

it('reports backups under a lock, with its date, and leaves them whole', async () => {
	await start({ objectLock: true });
	const [retained, held, free, newest] = await Promise.all(
		[1, 2, 3, 4].map(async (number) => await plant({ at: hour(number) })),
	);
	const until = new Date('2036-01-01T00:00:00.000Z');
	server.protect(PREFIX + (retained?.keys[0] ?? ''), { retention: { mode: 'COMPLIANCE', until } });
	server.protect(PREFIX + (held?.keys[1] ?? ''), { legalHold: true });
	const { label } = repository.stores[0] ?? { label: '' };
	expect((await outcomes()).backups).toEqual({
		[newest?.id ?? '']: ['kept', 'last', 'newest'],
		[free?.id ?? '']: ['removed'],
		[held?.id ?? '']: ['blocked', `${label}: A legal hold keeps it.`],
		[retained?.id ?? '']: [
			'blocked',
			`${label}: Object Lock keeps it until 2036-01-01T00:00:00.000Z.`,
		],
	});
	expect(versions()).toHaveLength(6);
	expect((await listBackups(repository)).backups.filter(({ committed }) => committed)).toHaveLength(
		3,
	);

	server.protect(PREFIX + (held?.keys[1] ?? ''), { legalHold: false });
	expect((await outcomes()).backups[held?.id ?? '']).toEqual(['removed']);
});

it('deletes one by one where the server cannot delete many', async () => {
	await start();
	const effect = { kind: 'status', status: 501, code: 'NotImplemented' } as const;
	server.faults.add({ method: 'POST', when: isAbout('delete'), effect });
	const [first] = [await plant({ at: hour(1) }), await plant({ at: hour(2) })];
	expect((await outcomes()).backups[first.id]).toEqual(['removed']);
	expect(server.objects()).toHaveLength(2);
});

it('removes abandoned uploads, records and payloads, and none that is still written', async () => {
	// The server's clock is behind: by ours, everything that is written there is days old.
	await start({ clockAheadMs: -5 * DAY });
	await plant({ at: hour(9) });
	const old = await plant({ at: hour(1), without: 'manifest', levels: ['stored'] }, daysAgo(6.1));
	const young = await plant({ at: hour(2), without: 'manifest' }, daysAgo(5.9));
	const probe = 'connection-test-01234567-89ab-cdef-0123-456789abcdef';
	await server.plant(PREFIX + probe, daysAgo(7));
	await server.plant(`${PREFIX}connection-test-results.txt`, daysAgo(7));

	const { endpoint, region, accessKeyId, secretAccessKey, bucket: Bucket } = server;
	const credentials = { accessKeyId, secretAccessKey };
	const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
	const begin = async (Key: string) =>
		await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
	const payload = (number: number) => `${PREFIX}${plantedKeys({ at: hour(number) }).keys[0] ?? ''}`;
	const foreign = ['movie.mp4', `${PREFIX}movie.mp4`, payload(3).replace(PREFIX, 'dr/other/')];
	try {
		server.setClock(-5 * DAY - 25 * HOUR);
		for (const key of [...foreign, payload(4)]) await begin(key);
		const slow = await begin(payload(5));
		server.setClock(-5 * DAY);
		await begin(payload(6));
		const part = { UploadId: slow.UploadId, PartNumber: 1, Body: randomBytes(10) };
		await client.send(new UploadPartCommand({ Bucket, Key: payload(5), ...part }));
	} finally {
		client.destroy();
	}
	const { leftovers, warnings } = await outcomes();
	expect(warnings).toEqual([]);
	expect(leftovers.map(({ key, outcome }) => [PREFIX + key, outcome]).toSorted()).toEqual(
		[...old.keys.map((key) => PREFIX + key), payload(4), PREFIX + probe]
			.map((key) => [key, 'removed'])
			.toSorted(),
	);
	expect(
		server
			.openUploads()
			.map(({ key }) => key)
			.toSorted(),
	).toEqual([...foreign, payload(5), payload(6)].toSorted());
	expect(server.objects().map(({ key }) => key)).toContain(PREFIX + (young.keys[0] ?? ''));
	expect(server.objects()).toHaveLength(4);
});

it('says so where it may not look for uploads, and has pruned all the same', async () => {
	await start();
	const effect = { kind: 'status', status: 403, code: 'AccessDenied' } as const;
	server.faults.add({ method: 'GET', when: isAbout('uploads'), effect });
	const [first] = [await plant({ at: hour(1) }), await plant({ at: hour(2) })];
	const { backups, warnings } = await outcomes();
	expect(backups[first.id]).toEqual(['removed']);
	expect(warnings).toEqual([expect.stringContaining('s3:ListBucketMultipartUploads')]);
});

it('leaves what is half removed to the next prune when the server fails in the middle', async () => {
	await start();
	const [first] = [await plant({ at: hour(1) }), await plant({ at: hour(2) })];
	const effect = { kind: 'status', status: 403, code: 'AccessDenied' } as const;
	server.faults.add({ method: 'POST', when: isAbout('delete'), after: 1, effect });
	await expect(outcomes()).rejects.toThrow('Not every store could be pruned.');
	expect((await listBackups(repository)).backups.map(({ committed }) => committed)).toEqual([
		true,
		false,
	]);
	server.faults.clear();
	const { leftovers } = await outcomes();
	expect(leftovers).toMatchObject([{ key: first.keys[0], outcome: 'removed' }]);
	expect(server.objects()).toHaveLength(2);
});

const daysAgo = (days: number) => new Date(Date.now() - days * DAY);
