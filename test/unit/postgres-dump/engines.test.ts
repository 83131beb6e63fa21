import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import { libpqEnvironment } from '../../../core/postgres/engines/libpq-environment';
import { collectLines } from '../../../core/postgres/engines/message-lines';
import { findNativeTool } from '../../../core/postgres/engines/native-tools';
import { pgDumpFailure } from '../../../core/postgres/engines/pg-dump-failure';
import { closest, selectEngine } from '../../../core/postgres/engines/select';

const tool = (version: string) => ({
	path: `/pg/${version}/pg_dump`,
	version,
	major: Number.parseInt(version, 10),
});

describe('the choice of an engine', () => {
	test.each([
		[15, ['14.1', '15.2', '16.3'], '15.2'],
		[15, ['18.1', '16.3', '14.1'], '16.3'],
		[15, ['14.1'], undefined],
		[15, [], undefined],
	])('for server %i, of %j, is %s', (major, versions, version) => {
		expect(closest(versions.map(tool), major)?.version).toBe(version);
	});

	test('falls to the embedded engine where the folder has none', async () => {
		const engine = await selectEngine('auto', 15, '/nonexistent');
		expect(engine.name).toBe('embedded');
		expect((await selectEngine('embedded', 18)).major).toBe(18);
	});

	test('names what there is when the server is too new for all', async () => {
		await expect(selectEngine('auto', 99, '/nonexistent')).rejects.toThrow(
			/Postgres 99 server\. The embedded pg_dump is version 18\.\d+\. No pg_dump was found/,
		);
		await expect(selectEngine('embedded', 99)).rejects.toMatchObject({
			name: 'ConfigurationError',
			hint: expect.stringContaining('version 99 or newer'),
		});
	});
});

test('only programs that tell a version of PostgreSQL are found', async () => {
	const directory = await mkdtemp(join(tmpdir(), 'dr-tools-'));
	const file = join(directory, 'pg_dump');
	const find = () => findNativeTool('pg_dump', { configuredDirectory: directory });
	try {
		expect(await find()).toEqual([]);
		await writeFile(file, '#!/bin/sh\necho "pg_dump (PostgreSQL) 17beta1 (Vendor 1)"\n');
		expect(await find()).toEqual([]);
		await chmod(file, 0o755);
		expect(await find()).toEqual([{ path: file, version: '17beta1', major: 17 }]);
		await writeFile(file, '#!/bin/sh\necho something else\n');
		expect(await find()).toEqual([]);
	} finally {
		await rm(directory, { recursive: true });
	}
});

test('a program gets no secret of this process, and the password in no argument', () => {
	process.env.N8N_ENCRYPTION_KEY = 'secret';
	try {
		const { variables } = libpqEnvironment(
			{
				...{ host: 'db', port: 5433, user: 'u', password: `p'w`, database: 'other' },
				tls: { mode: 'require' },
			},
			{ purpose: 'test', database: 'a=b' },
		);
		expect(variables).toMatchObject({
			...{ PGHOST: 'db', PGPORT: '5433', PGUSER: 'u', PGPASSWORD: `p'w`, PGDATABASE: 'a=b' },
			...{ PGSSLMODE: 'require', PGAPPNAME: 'n8n-dr-test', LC_ALL: 'C' },
		});
		expect(Object.keys(variables)).not.toContain('N8N_ENCRYPTION_KEY');
	} finally {
		delete process.env.N8N_ENCRYPTION_KEY;
	}
});

test('what a program says is kept within bounds, its end first of all', async () => {
	const stream = new PassThrough();
	const collected = collectLines(stream);
	for (let i = 0; i < 1_000; i++) stream.write(`line ${i}\r\n\n${'x'.repeat(5_000)}`);
	stream.end('\nthe ä end');
	await new Promise((resolve) => stream.once('end', resolve));
	expect(collected.lines).toHaveLength(200);
	expect(collected.lines.at(-1)).toBe('the ä end');
	expect(Math.max(...collected.lines.map(({ length }) => length))).toBe(1_000);
});

describe("pg_dump's failures", () => {
	test('carry its words without what it said before', () => {
		const error = pgDumpFailure(
			[
				'pg_dump: warning: old',
				'pg_dump: error: query failed: ERROR:  permission denied for table x',
			],
			'ended with exit code 1',
		);
		expect(error.message).toBe(
			'pg_dump failed: query failed: ERROR:  permission denied for table x',
		);
		expect(error.hint).toMatch(/pg_read_all_data/);
	});

	test('say how it ended when it said nothing', () => {
		expect(pgDumpFailure([], 'was ended by SIGKILL').message).toBe(
			'pg_dump was ended by SIGKILL, and said nothing.',
		);
	});

	test.each([
		['aborting because of server version mismatch', /embedded engine/],
		['canceling statement due to lock timeout\nquery was: LOCK TABLE a', /holds a lock/],
		['out of shared memory', /max_locks_per_transaction/],
		['FATAL:  terminating connection due to administrator command', /stopped/],
		['something new', /name the cause/],
	])('%j has a hint that helps', (words, hint) => {
		expect(pgDumpFailure([`pg_dump: error: ${words}`], '').hint).toMatch(hint);
	});
});
