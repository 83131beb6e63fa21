import fc from 'fast-check';
import {
	isExactlyRestoreDatabase,
	isKeptDatabase,
	isOfRestore,
	keptAt,
	keptDatabaseName,
	numberedDatabaseName,
	restoreDatabaseName,
	testDatabaseName,
	undoneDatabaseName,
} from '../../../core/postgres/restore/database-names';

const AT = new Date('2026-11-22T17:00:05.999Z');
const databaseName = fc
	.string({ minLength: 1, maxLength: 63, unit: 'grapheme' })
	.filter((name) => Buffer.byteLength(name) <= 63);

describe('Names of databases', () => {
	it('tell what the database is', () => {
		expect(restoreDatabaseName('mrdj', 'mrdj-20261122170000')).toBe(
			'mrdj_restore_mrdj-20261122170000',
		);
		expect(keptDatabaseName('mrdj', AT)).toBe('mrdj_before_20261122170005');
		expect(undoneDatabaseName('mrdj', AT)).toBe('mrdj_undone_20261122170005');
	});

	it('fit what the server keeps of a name, and are found again', () => {
		fc.assert(
			fc.property(databaseName, databaseName, (database, other) => {
				const names = [
					restoreDatabaseName(database, 'a-rather-long-name-of-a-backup-20261122170000'),
					keptDatabaseName(database, AT),
					undoneDatabaseName(database, AT),
					numberedDatabaseName(database, 12),
				];
				for (const name of names) {
					expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
					expect(Buffer.from(name).toString()).toBe(name);
				}
				expect(isKeptDatabase(keptDatabaseName(database, AT), database)).toBe(true);
				expect(keptAt(keptDatabaseName(database, AT))).toEqual(new Date('2026-11-22T17:00:05Z'));
				expect(isKeptDatabase(undoneDatabaseName(database, AT), database)).toBe(false);
				expect(isKeptDatabase(keptDatabaseName(database, AT), other)).toBe(database === other);
			}),
		);
	});

	it('of all that restores make are told from those that people give', () => {
		fc.assert(
			fc.property(databaseName, (database) => {
				const made = [
					restoreDatabaseName(database, 'a-rather-long-name-of-a-backup-20261122170000'),
					...[keptDatabaseName(database, AT), undoneDatabaseName(database, AT)],
					testDatabaseName(database, '0a1b2c3d'),
				];
				for (const name of made) expect(isOfRestore(name, [database, ...made])).toBe(true);
			}),
		);
		const given = ['shop', 'shopping', 'shop_before_christmas', 'shop_undone_20261399000000'];
		for (const name of given) expect(isOfRestore(name, given)).toBe(false);
		expect(isOfRestore('lost_before_20261122170000', ['shop'])).toBe(false);
	});

	it('of restores are told from those that people give', () => {
		fc.assert(
			fc.property(databaseName, (database) => {
				const name = restoreDatabaseName(database, 'a-rather-long-name-20261122170000');
				expect(isExactlyRestoreDatabase(name, database)).toBe(true);
			}),
		);
		expect(isExactlyRestoreDatabase('shop_restore_shop-20261122170000_2', 'shop')).toBe(true);
		for (const name of [
			'shop',
			'shop_restore_mine',
			'shop_restore_20261399000000',
			'shop_restored_shop-20261122170000',
			'shopping_restore_shop-20261122170000',
			'shop_before_20261122170000',
		]) {
			expect(isExactlyRestoreDatabase(name, 'shop')).toBe(false);
		}
	});
});
