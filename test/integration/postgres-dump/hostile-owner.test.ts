import { listTables } from '../../../core/postgres/browse';
import { connect } from '../../../core/postgres/connection';
import { takeFingerprint } from '../../../core/postgres/fingerprint';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';

let postgres: RunningPostgres;

beforeAll(async () => {
	postgres = await startPostgres({ major: 15 });
	const admin = await postgres.admin();
	await admin.query('CREATE DATABASE shop');
	await admin.end();
	const shop = await postgres.admin('shop');
	await shop.query(`
		CREATE TABLE item (id int, item text);
		INSERT INTO item SELECT n, 'item ' || n FROM generate_series(1, 10) n;
		CREATE FUNCTION as_text(item) RETURNS text LANGUAGE plpgsql AS
			$$ BEGIN RAISE EXCEPTION 'code of the owner, run as %', current_user; END $$;
		CREATE CAST (item AS text) WITH FUNCTION as_text(item);
		CREATE FUNCTION public.format(text, name, name) RETURNS text LANGUAGE plpgsql AS
			$$ BEGIN RAISE EXCEPTION 'code of the owner, run as %', current_user; END $$;`);
	await shop.end();
});
afterAll(() => postgres.stop());

it('a cast of the owner of a table does not run when its rows are summed', async () => {
	const client = await connect(postgres.server('shop'), { purpose: 'test' });
	await expect(client.query('SELECT (i.*)::text FROM public.item i')).rejects.toThrow(
		'of the owner',
	);
	const unsummed: string[] = [];
	await client.query('BEGIN');
	const { tables } = await takeFingerprint(
		client,
		{
			tables: [{ schema: 'public', name: 'item', checksum: true }],
			sequences: [],
			largeObjects: false,
		},
		(_table, reason) => unsummed.push(reason),
	);
	const expected = await client.query<{ sum: string }>(
		`SELECT sum(hashtextextended('(' || id || ',"' || item || '")', 0))::text FROM public.item`,
	);
	await client.end();
	expect(unsummed).toEqual([]);
	expect(tables).toEqual([
		{ schema: 'public', name: 'item', rows: 10, checksum: expected.rows[0]?.sum },
	]);
});

it('functions in a schema of the usual path do not take the place of the server’s own', async () => {
	expect(await listTables(postgres.server('shop'))).toEqual([
		{ schema: 'public', name: 'item', identifier: 'public.item' },
	]);
});
