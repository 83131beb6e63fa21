import { readFileSync } from 'node:fs';
import { NotFoundError, WrongKeyError } from '../../../core/errors';
import { listBackups } from '../../../core/repository/catalogue';
import { openRepository } from '../../../core/repository/repository';
import { sealedJson } from '../../../core/repository/sealed-json';
import { verifyBackup } from '../../../core/repository/verify-backup';
import { newKeyPair } from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';
import { type S3Server, startS3Server } from '../../support/s3-server';
import { flipBit, TwoStores } from './two-stores';

const directory = useTemporaryDirectory();
let s3: S3Server;
beforeEach(async () => {
	s3 = await startS3Server();
});
afterEach(async () => await s3.stop());

async function stores(...args: Parameters<TwoStores['write']>): Promise<TwoStores> {
	const both = new TwoStores(s3, directory.path);
	await both.write(...args);
	return both;
}

describe('the verification of a backup of any component', () => {
	it.each(['stored', 'readable'] as const)(
		'proves both copies and records it: %s',
		async (level) => {
			const { repository, backup, directory: one, bucket } = await stores();
			const result = await verifyBackup({ repository, backup, level });
			expect(result).toMatchObject({
				...{ passed: true, problems: [], warnings: [], repaired: [], component: 'file' },
				verifiedIn: [one.label, bucket.label],
			});
			const { backups } = await listBackups(repository);
			expect(backups[0]?.verifications.map((verification) => verification.level)).toContain(level);
		},
	);

	it.each<[string, (both: TwoStores) => Promise<void> | void, RegExp]>([
		['a flipped bit', (both) => both.replaceInDirectory(both.payload, flipBit), /has changed/],
		[
			'a missing byte',
			(both) => both.replaceInDirectory(both.payload, (b) => b.subarray(1)),
			/bytes/,
		],
		['no payload', (both) => both.removeFromBucket(both.payload), /does not exist/],
		['no manifest', (both) => both.removeFromBucket('manifest.json'), /does not exist/],
		[
			'a flipped bit in the manifest',
			(b) => b.replaceInDirectory('manifest.json', flipBit),
			/damaged/,
		],
	])('names the store and what is wrong: %s', async (_what, damage, message) => {
		const both = await stores();
		await damage(both);
		const result = await verifyBackup({ ...both, level: 'stored' });
		expect(result.passed).toBe(false);
		expect(result.problems.join()).toMatch(message);
		expect(result.verifiedIn).toHaveLength(1);
	});

	it('tells copies from two backups under one id, and touches neither', async () => {
		const both = await stores();
		await both.replaceInBucket('manifest.json', (body) => {
			const { sealSha256, ...facts } = JSON.parse(body.toString());
			return sealedJson({ ...facts, warnings: ['by another run'] });
		});
		const before = await both.inBucket();
		const result = await verifyBackup({ ...both, level: 'stored', repair: true });
		expect(result.problems.join()).toContain('hold different backups under the id');
		expect(await both.inBucket()).toEqual(before);
	});

	it('needs a key only to decode', async () => {
		const [key, other] = [await newKeyPair(), await newKeyPair()];
		const both = new TwoStores(s3, directory.path, key);
		await both.write();
		const { backup } = both;
		const repository = openRepository({ ...both.settings, encryption: other });
		expect((await verifyBackup({ repository, backup, level: 'stored' })).passed).toBe(true);
		const decode = verifyBackup({ repository, backup, level: 'readable' });
		await expect(decode).rejects.toBeInstanceOf(WrongKeyError);
	});

	it('says of a store that was added later that it has no copy', async () => {
		const both = await stores();
		const alone = openRepository({ ...both.settings, s3: undefined });
		const at = new Date('2026-11-23T00:00:00.000Z');
		const old = new TwoStores(s3, directory.path);
		Object.assign(old, { repository: alone });
		await old.write(1_000, { consistencyPoint: at });
		const result = await verifyBackup({ ...both, backup: old.backup, level: 'stored' });
		expect(result).toMatchObject({ passed: true, verifiedIn: [both.directory.label] });
		expect(result.warnings.join()).toContain(`${both.bucket.label} has no copy`);
	});

	it('does not take an unknown backup for a damaged one', async () => {
		const { repository } = await stores();
		const backup = { component: 'file', name: 'shop', id: 'shop-20250101000000' };
		const unknown = verifyBackup({ repository, backup, level: 'stored' });
		await expect(unknown).rejects.toBeInstanceOf(NotFoundError);
	});

	it('passes with one whole copy where that is enough, and warns of the other', async () => {
		const both = await stores();
		both.replaceInDirectory(both.payload, flipBit);
		const result = await verifyBackup({ ...both, level: 'readable', oneCopyIsEnough: true });
		expect(result).toMatchObject({ passed: true, verifiedIn: [both.bucket.label] });
		expect(result.warnings.join()).toContain(both.directory.label);
		expect(readFileSync(both.file(both.payload))).toBeDefined();
	});
});
