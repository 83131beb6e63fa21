import fc from 'fast-check';
import { ConfigurationError } from '../../../core/errors';
import {
	assertBackupName,
	backupNameFor,
	backupPrefix,
	createBackupId,
	isBackupName,
	parseBackupId,
	readBackupId,
} from '../../../core/repository/naming';

const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,62}$/);
const instant = fc
	.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z') })
	.filter((date) => !Number.isNaN(date.getTime()));

describe('backup ids', () => {
	it('are the name and the second in UTC', () => {
		const at = new Date('2026-11-22T18:00:00.999+01:00');
		expect(createBackupId('mrdj', at)).toBe('mrdj-20261122170000');
	});

	it('give back the name and the second that they were made of', () => {
		fc.assert(
			fc.property(name, instant, (given, at) => {
				const parsed = parseBackupId(createBackupId(given, at));
				expect(parsed.name).toBe(given);
				expect(+parsed.consistencyPoint).toBe(Math.floor(+at / 1000) * 1000);
			}),
		);
	});

	it('sort by time within one name', () => {
		fc.assert(
			fc.property(name, instant, instant, (given, a, b) => {
				fc.pre(Math.floor(+a / 1000) < Math.floor(+b / 1000));
				expect(createBackupId(given, a) < createBackupId(given, b)).toBe(true);
			}),
		);
	});

	it.each([
		'',
		'shop',
		'20261122170000',
		'-20261122170000',
		'shop-20260231000000',
		'shop-20261122246000',
		'shop_20261122170000',
		'Shop-20261122170000',
		'shop-20261122170000/../x',
	])('refuse %j', (text) => {
		expect(readBackupId(text)).toBeUndefined();
		expect(() => parseBackupId(text)).toThrow(ConfigurationError);
	});

	it('never fail in any other way, whatever the text', () => {
		fc.assert(
			fc.property(fc.string(), (text) => {
				const parsed = readBackupId(text);
				if (parsed) expect(createBackupId(parsed.name, parsed.consistencyPoint)).toBe(text);
			}),
		);
	});

	it('refuse a date that is none', () => {
		expect(() => createBackupId('shop', new Date(Number.NaN))).toThrow(ConfigurationError);
	});
});

describe('backup names', () => {
	it.each(['', 'Shop', '-shop', '.shop', 'a/b', 'a b', '..', 'x'.repeat(64), 'shop\n'])(
		'refuse %j',
		(text) => expect(() => assertBackupName(text)).toThrow(ConfigurationError),
	);

	it('can be made of any text, and stay as they are where they can', () => {
		fc.assert(
			fc.property(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 200 }), name), (text) => {
				const made = backupNameFor(text);
				expect(isBackupName(made)).toBe(true);
				if (isBackupName(text)) expect(made).toBe(text);
			}),
		);
	});

	it('differ for texts that look alike', () => {
		const texts = [
			'Shop',
			'SHOP',
			'shop',
			'shop ',
			' shop',
			'sh-op',
			'sh op',
			'sh/op',
			'商店',
			'店',
		];
		texts.push('x'.repeat(64), 'x'.repeat(65));
		expect(new Set(texts.map(backupNameFor)).size).toBe(texts.length);
	});
});

describe('the folder of a backup', () => {
	const backup = { component: 'postgres', name: 'shop', id: 'shop-20261122170000' };

	it('is below its component and name', () => {
		expect(backupPrefix(backup)).toBe('postgres/shop/shop-20261122170000/');
	});

	it.each([
		{ component: '../etc' },
		{ component: '' },
		{ name: 'other' },
		{ name: '..' },
		{ id: '../../shop-20261122170000' },
	])('refuses %j', (wrong) => {
		expect(() => backupPrefix({ ...backup, ...wrong })).toThrow(ConfigurationError);
	});
});
