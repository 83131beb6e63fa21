import fc from 'fast-check';
import { ConfigurationError } from '../../../core/errors';
import { assertKey, parseKey, verificationFile } from '../../../core/repository/keys';

const FOLDER = 'postgres/shop/shop-20261122170000';
const at = new Date('2026-11-23T01:02:03.999Z');

describe('parseKey', () => {
	it.each([
		['manifest.json', { kind: 'manifest' }],
		['shop-20261122170000-0a1b2c3d4e5f.dump.zst.age', { kind: 'payload' }],
		[
			verificationFile('restored', at),
			{ kind: 'verification', level: 'restored', at: new Date('2026-11-23T01:02:03Z') },
		],
	])('tells what %s is', (file, expected) => {
		expect(parseKey(`${FOLDER}/${file}`)).toEqual({
			component: 'postgres',
			name: 'shop',
			id: 'shop-20261122170000',
			consistencyPoint: new Date('2026-11-22T17:00:00Z'),
			file: expected,
		});
	});

	it.each([
		'README.txt',
		'postgres/shop/notes.txt',
		`${FOLDER}/thumbs.db`,
		`${FOLDER}/verified-certainly-20261123010203.json`,
		`${FOLDER}/verified-stored-20261323010203.json`,
		`${FOLDER}/deeper/manifest.json`,
		'postgres/other/shop-20261122170000/manifest.json',
		'postgres/shop/shop-20261322170000/manifest.json',
	])('passes over %s', (key) => expect(parseKey(key)).toBeUndefined());

	it('reads any text without failing', () => {
		fc.assert(
			fc.property(fc.string(), (key) => {
				parseKey(key);
				parseKey(`${FOLDER}/${key}`);
			}),
		);
	});
});

describe('assertKey', () => {
	it.each([
		'',
		'/etc/passwd',
		'..',
		'../x',
		'a/../../x',
		'a//b',
		'a/',
		'a\\b',
		'a/.hidden',
		'a\0b',
		'a/b.dump.partial',
	])('refuses %j', (key) => expect(() => assertKey(key)).toThrow(ConfigurationError));

	it('accepts the keys of the format', () => {
		expect(() => assertKey(`${FOLDER}/manifest.json`)).not.toThrow();
	});
});
