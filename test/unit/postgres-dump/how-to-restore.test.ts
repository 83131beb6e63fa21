import { execFileSync } from 'node:child_process';

import { howToRestore } from '../../../core/postgres/how-to-restore';

const properties = {
	...{ encoding: 'UTF8', collate: 'en_US.UTF-8', ctype: 'en_US.UTF-8' },
	...{ localeProvider: 'libc', owner: 'o' },
};

const lines = (
	database: string,
	archiveVersion = '1.14',
	changes: Record<string, string> = {},
	major = 17,
) =>
	howToRestore(
		{ database, major, properties: { ...properties, ...changes }, archiveVersion },
		'cat x',
	);

test('gives the lines of a plain database', () => {
	expect(lines('shop').filter((line) => !line.startsWith('#'))).toEqual([
		'export PGHOST=localhost PGPORT=5432 PGUSER=postgres',
		'createdb --template=template0 --encoding=UTF8 --lc-collate=en_US.UTF-8 --lc-ctype=en_US.UTF-8 -- shop_restored',
		'cat x | pg_restore --exit-on-error --single-transaction --no-owner --no-privileges --no-subscriptions -d shop_restored',
		expect.stringMatching(/^cat x \| docker run .*postgres:18 pg_restore .* -d shop_restored$/),
	]);
});

test('leaves out what a pg_restore since 17 would tell a server before 17', () => {
	const [, , , , , restore = '', , container = ''] = lines('a b', '1.16', {}, 16);
	expect(restore).toMatch(
		/^cat x \| pg_restore .* --file=- \| LC_ALL=C sed '.*transaction_timeout.*' \| psql .* -d .*a b_restored/,
	);
	const [, script = ''] = /postgres:18 sh -c (.*)$/.exec(container) ?? [];
	expect(execFileSync('sh', ['-c', `printf %s ${script}`], { encoding: 'utf8' })).toBe(
		restore.replace('cat x | ', ''),
	);
});

test.each([
	['1.14', 12],
	['1.15', 16],
	['1.16', 17],
])('an archive %s needs pg_restore %i', (version, oldest) => {
	expect(lines('shop', version)).toContain(
		`# pg_restore ${oldest} or newer is needed (pg_restore --version).`,
	);
});

test('tells the locale provider where it is not the usual one', () => {
	const [create] = lines('a', '1.16', { localeProvider: 'icu', icuLocale: 'nl-NL' }).slice(3);
	expect(create).toMatch(/--locale-provider=icu --icu-locale=nl-NL/);
});

test('tells the rules of the locale', () => {
	const icu = { localeProvider: 'icu', icuLocale: 'en', icuRules: '&z < a' };
	expect(lines('a', '1.16', icu)[3]).toContain("--icu-locale=en --icu-rules='&z < a'");
});

test('a shell passes every name on as it is', () => {
	for (const name of [`it's`, 'a b', '$(reboot)', '`x`', '-rf', 'a"b', 'a\\b']) {
		const words = (line: string) =>
			execFileSync('sh', ['-c', `for w in ${line}; do printf '%s\\0' "$w"; done`], {
				encoding: 'utf8',
			}).split('\0');
		expect(words(lines(name)[3] ?? '').at(-2)).toBe(`${name}_restored`);
		const target = words((lines(name)[5] ?? '').replace('cat x | ', '')).at(-2) ?? '';
		expect(target).toBe(`dbname='${name.replace(/['\\]/g, '\\$&')}_restored'`);
	}
});

test('never names the database itself, which may still be there', () => {
	const longest = 'x'.repeat(63);
	for (const line of lines(longest)) expect(line).not.toMatch(/x{63}/);
	expect(lines(longest)[3]).toMatch(/ -- 'x+~[0-9a-f]{8}_restored'$/);
});
