import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancelledError } from '../../../core/errors';
import { listBackups } from '../../../core/repository/catalogue';
import { verifyBackup } from '../../../core/repository/verify-backup';
import { verifyStored } from '../../../core/repository/verify-stored';
import { CoreProcess } from '../../support/crash/core-process';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';
import { type RequestFacts, type S3Server, startS3Server } from '../../support/s3-server';
import { mountSmallDisk, type SmallDisk } from '../../support/small-disk';
import { flipBit, TwoStores } from './two-stores';

const directory = useTemporaryDirectory();
let s3: S3Server;
let both: TwoStores;
beforeEach(async () => {
	s3 = await startS3Server({ objectLock: true });
	both = new TwoStores(s3, directory.path);
	await both.write();
});
afterEach(async () => await s3.stop());

const repair = async (stores = both) =>
	await verifyBackup({ ...stores, level: 'stored', repair: true });

/** Both stores have exactly these files, and the record of one more verification. */
async function expectTwins(files: Record<string, string>): Promise<void> {
	const one = both.inDirectory();
	expect(await both.inBucket()).toEqual(one);
	expect(one).toMatchObject(files);
}

const noCopy = async (stores: TwoStores) =>
	await stores.removeFromBucket('manifest.json', stores.payload);

describe('the repair of a copy', () => {
	it.each<[string, (stores: TwoStores) => Promise<void> | void, string[]]>([
		['a missing one in the bucket', noCopy, ['payload', 'manifest']],
		[
			'a missing one in the directory',
			(b) => b.removeFromDirectory(),
			['payload', 'manifest', 'records'],
		],
		['a missing manifest', (b) => b.removeFromBucket('manifest.json'), ['manifest']],
		['a missing payload', (b) => b.removeFromBucket(b.payload), ['payload']],
		['a damaged payload in the bucket', (b) => b.replaceInBucket(b.payload, flipBit), ['payload']],
		[
			'a damaged payload in the directory',
			(b) => b.replaceInDirectory(b.payload, flipBit),
			['payload'],
		],
		[
			'a cut payload',
			(b) => b.replaceInBucket(b.payload, (body) => body.subarray(0, 9)),
			['payload'],
		],
		[
			'a longer payload',
			(b) => b.replaceInBucket(b.payload, (x) => Buffer.concat([x, x])),
			['payload'],
		],
		['a damaged manifest', (b) => b.replaceInBucket('manifest.json', flipBit), ['manifest']],
		[
			'all damaged',
			async (b) => {
				b.replaceInDirectory('manifest.json', () => Buffer.from('{'));
				b.replaceInDirectory(b.payload, flipBit);
			},
			['payload', 'manifest'],
		],
	])('makes good: %s', async (_what, damage, files) => {
		const before = both.inDirectory();
		await damage(both);
		const result = await repair();
		expect(result).toMatchObject({ passed: true, problems: [], repaired: [{ files }] });
		expect(result.verifiedIn).toHaveLength(2);
		expect(result.warnings.join()).toContain('was made good');
		await expectTwins(before);
		expect((await repair()).repaired).toEqual([]);
	});

	it('gives a copy to a store that never had one', async () => {
		const late = await startS3Server();
		try {
			const stores = Object.assign(new TwoStores(late, directory.path), { backup: both.backup });
			expect((await repair(stores)).verifiedIn).toHaveLength(2);
			expect(await stores.inBucket()).toEqual(both.inDirectory());
		} finally {
			await late.stop();
		}
	});

	it('touches nothing where no copy is whole, and says so', async () => {
		both.replaceInDirectory(both.payload, flipBit);
		await both.replaceInBucket(both.payload, flipBit);
		const before = [both.inDirectory(), await both.inBucket()];
		const result = await repair();
		expect(result).toMatchObject({ passed: false, repaired: [], verifiedIn: [] });
		expect(result.problems.join()).toContain('No store has a whole copy');
		expect([both.inDirectory(), await both.inBucket()]).toEqual(before);
	});

	it('leaves a store alone that cannot be asked', async () => {
		await noCopy(both);
		const seen = s3.requests.length;
		s3.faults.add({ method: 'GET', effect: { kind: 'status', status: 403, code: 'AccessDenied' } });
		const result = await repair();
		expect(result).toMatchObject({ passed: false, repaired: [] });
		expect(s3.requests.slice(seen).every(({ method }) => method === 'GET')).toBe(true);
	});

	it('leaves the damaged copy as it is when the good one turns bad in the middle', async () => {
		both.replaceInDirectory(both.payload, flipBit);
		const before = both.inDirectory();
		const isPayload = ({ key }: RequestFacts) => key.endsWith(both.payload);
		const effect = { kind: 'corrupt-response', atByte: 200_000 } as const;
		// The first reading is the verification.
		const hits = s3.faults.add({ method: 'GET', when: isPayload, after: 1, times: 1, effect });
		const result = await repair();
		expect(hits()).toBe(1);
		expect(result).toMatchObject({ passed: false, repaired: [] });
		expect(result.problems.join()).toContain('could not be repaired');
		expect(both.inDirectory()).toEqual(before);
	});

	it('leaves both as they are when it is cancelled in the middle', async () => {
		both.replaceInDirectory(both.payload, flipBit);
		const before = both.inDirectory();
		const stop = new AbortController();
		const isPayload = ({ key }: RequestFacts) => key.endsWith(both.payload);
		s3.faults.add({
			...{ method: 'GET', after: 1, effect: { kind: 'stall-response', afterBytes: 70_000 } },
			when: (request) => {
				const mine = isPayload(request);
				if (mine && s3.requests.filter(({ key }) => key.endsWith(both.payload)).length > 3) {
					setTimeout(() => stop.abort(), 50);
				}
				return mine;
			},
		});
		const run = verifyBackup({ ...both, level: 'stored', repair: true }, { signal: stop.signal });
		await expect(run).rejects.toBeInstanceOf(CancelledError);
		expect(both.inDirectory()).toEqual(before);
	});

	it('says which store keeps the damaged copy because it may not be removed', async () => {
		await both.replaceInBucket(both.payload, flipBit);
		const before = await both.inBucket();
		const effect = { kind: 'status', status: 403, code: 'AccessDenied' } as const;
		s3.faults.add({ method: 'DELETE', when: ({ key }) => key.endsWith(both.payload), effect });
		const result = await repair();
		expect(result).toMatchObject({ passed: false, repaired: [] });
		expect(result.problems.join()).toMatch(/could not be repaired: Could not delete/);
		expect(await both.inBucket()).toEqual(before);
	});

	it('does no harm to another repair at the same time', async () => {
		await both.replaceInBucket(both.payload, flipBit);
		const before = both.inDirectory();
		const results = await Promise.allSettled([repair(), repair(), repair()]);
		const passed = results.filter(({ status, ...rest }) =>
			status === 'fulfilled' && 'value' in rest ? rest.value.passed : false,
		);
		expect(passed.length).toBeGreaterThan(0);
		const copies = await verifyStored(both.repository, both.backup);
		expect(copies.map(({ state }) => state)).toEqual(['whole', 'whole']);
		expect(both.inDirectory()).toMatchObject(before);
		expect(Object.keys(await both.inBucket()).filter((key) => /repair|claim/.test(key))).toEqual(
			[],
		);
	});

	it('removes nothing while another repair is removing, or after it', async () => {
		await both.replaceInBucket(both.payload, flipBit);
		const claim = both.key(`${both.backup.id}-repair.claim`);
		await both.bucket.putIfAbsent(claim, Buffer.from('by another one'));
		const before = await both.inBucket();
		const result = await repair();
		expect(result.problems.join()).toContain('Another repair of shop-20261122170000');
		expect(await both.inBucket()).toEqual(before);
		// A killed one: its claim has lapsed.
		const input = { ...both, level: 'stored', repair: true } as const;
		const later = await verifyBackup(input, { claimLapsesAfterMs: 0 });
		expect(later.repaired).toHaveLength(1);
	});

	it('stops where the copy has changed since it was found damaged', async () => {
		await both.replaceInBucket(both.payload, flipBit);
		// With the claim, which is the last thing before the removal, somebody else has repaired it.
		const { bucket } = both;
		const put = bucket.putIfAbsent.bind(bucket);
		const swapped = Object.assign(Object.create(bucket) as typeof bucket, {
			putIfAbsent: async (...args: Parameters<typeof put>) => {
				await put(...args);
				if (args[0].endsWith('.claim')) {
					await both.replaceInBucket(both.payload, (body) => Buffer.concat([body, body]));
				}
			},
		});
		const repository = { ...both.repository, stores: [both.directory, swapped] };
		const { backup } = both;
		const result = await verifyBackup({ repository, backup, level: 'stored', repair: true });
		expect(result.problems.join()).toContain('has changed during the repair');
		expect(Object.keys(await both.inBucket()).filter((key) => /repair/.test(key))).toEqual([]);
		expect(s3.objects().find(({ key }) => key.endsWith(both.payload))).toBeDefined();
	});
});

describe('a repair on a disk that fills up', () => {
	let disk: SmallDisk;
	beforeEach(async () => {
		disk = await mountSmallDisk(4_000_000);
	});
	afterEach(async () => await disk.remove());

	it('leaves the damaged copy as it is', async () => {
		const stores = new TwoStores(s3, join(disk.path, 'backups'));
		await stores.write(1_500_000, { name: 'large' });
		stores.replaceInDirectory(stores.payload, flipBit);
		const before = stores.inDirectory();
		await disk.fill(500_000);
		const result = await repair(stores);
		expect(result).toMatchObject({ passed: false, repaired: [] });
		expect(result.problems.join()).toContain('The disk is full');
		expect(stores.inDirectory()).toEqual(before);
		await disk.free();
		expect((await repair(stores)).repaired).toHaveLength(1);
	});
});

describe('a repair that is killed', () => {
	let home: string;
	/** Started ahead: that takes most of the time. */
	let next: Promise<CoreProcess>;
	beforeEach(() => {
		home = mkdtempSync(join(tmpdir(), 'dr-repair-'));
		next = CoreProcess.start(home);
	});
	afterEach(async () => {
		await (await next).stop();
		rmSync(home, { recursive: true, force: true });
	});

	/** At the next request that changes the bucket, after so many others. */
	async function killAfter(changes: number): Promise<boolean> {
		const process = await next;
		next = CoreProcess.start(home);
		let killed = false;
		s3.faults.add({
			when: ({ method }) => ['PUT', 'POST', 'DELETE'].includes(method),
			after: changes,
			effect: { kind: 'hang' },
		});
		const hang = s3.faults;
		const faultFor = hang.next.bind(hang);
		hang.next = (request) => {
			const effect = faultFor(request);
			if (effect?.kind === 'hang') {
				killed = true;
				process.kill();
			}
			return effect;
		};
		const { settings: repository, backup } = both;
		const input = { backup, level: 'stored', repair: true } as const;
		await process.run({ action: 'verifyBackup', repository, input });
		await process.stop();
		hang.next = faultFor;
		hang.clear();
		return killed;
	}

	it('leaves a copy that is whole, or that nobody takes for one, and the next repair ends it', async () => {
		const good = both.inDirectory();
		const states: string[] = [];
		for (let changes = 0; ; changes += 1) {
			await both.replaceInBucket(both.payload, flipBit);
			// Half an hour has gone by since the last one was killed.
			await both.removeFromBucket(`${both.backup.id}-repair.claim`);
			const wasKilled = await killAfter(changes);
			expect(both.inDirectory()).toMatchObject(good);
			const [, bucket] = await verifyStored(both.repository, both.backup);
			const { backups } = await listBackups(both.repository);
			const isListed = backups[0]?.storedIn.includes(both.bucket.label);
			states.push(`${bucket?.state}${isListed ? ', listed' : ''}`);
			const input = { ...both, level: 'stored', repair: true } as const;
			const healed = await verifyBackup(input, { claimLapsesAfterMs: 0 });
			expect(healed).toMatchObject({ passed: true, problems: [] });
			expect(await both.inBucket()).toMatchObject(good);
			if (!wasKilled) break;
		}
		expect([...new Set(states)]).toEqual(['damaged, listed', 'missing', 'whole, listed']);
	});
});
