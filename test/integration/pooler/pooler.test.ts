import { Client } from 'pg';
import { ConnectionError } from '../../../core/errors';
import { connect } from '../../../core/postgres/connection';
import { createDump } from '../../../core/postgres/create-dump';
import { restoreDump } from '../../../core/postgres/restore-dump';
import { startPgbouncer, type RunningPooler } from '../../support/pgbouncer';
import {
	createDatabase,
	dumpInput,
	scratchRepository,
	type ScratchRepository,
	sessionsLeft,
} from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';

let postgres: RunningPostgres;
let scratch: ScratchRepository;

beforeAll(async () => {
	postgres = await startPostgres({ major: 15 });
	await createDatabase(
		postgres,
		'shop',
		'CREATE TABLE item AS SELECT n AS id FROM generate_series(1, 1000) n',
	);
	scratch = await scratchRepository();
});
afterAll(async () => {
	await scratch.remove();
	await postgres.stop();
});

describe.each([
	['transaction', 5],
	['transaction', 1],
	['statement', 5],
] as const)('A pooler in %s mode with %i connections', (mode, size) => {
	let pooler: RunningPooler;
	beforeAll(async () => {
		pooler = await startPgbouncer(postgres, mode, size);
	});
	afterAll(() => pooler.stop());

	it('is refused at the start, and its shared sessions keep their settings', async () => {
		const input = dumpInput(postgres, 'shop', scratch.repository);
		for (let attempt = 1; attempt <= 3; attempt++) {
			const error: unknown = await createDump({ ...input, server: pooler.server('shop') }).catch(
				(failure: unknown) => failure,
			);
			expect(error).toBeInstanceOf(ConnectionError);
			expect(error).toMatchObject({
				message: expect.stringContaining('a pooler that shares sessions') as string,
			});
		}
		expect(await scratch.files()).toEqual([]);
		const { tls: _, ...address } = pooler.server('shop');
		const application = new Client({ ...address, ssl: false });
		await application.connect();
		const { rows } = await application.query('SHOW search_path');
		await application.end();
		expect(rows).toEqual([{ search_path: '"$user", public' }]);
	});
});

describe('A pooler in session mode', () => {
	let pooler: RunningPooler;
	beforeAll(async () => {
		pooler = await startPgbouncer(postgres, 'session', 10);
	});
	afterAll(() => pooler.stop());

	it.each(['native', 'embedded'] as const)('can be backed up through (%s)', async (engine) => {
		const manifest = await createDump({
			...dumpInput(postgres, 'shop', scratch.repository, {
				engine,
				binariesDirectory: '/usr/lib/postgresql/15/bin',
			}),
			...{ server: pooler.server('shop'), name: engine },
		});
		expect(manifest.fingerprint).toMatchObject({ tables: [{ name: 'item', rows: 1000 }] });
	});

	it.each(['swap', 'new-database', 'existing-database'] as const)(
		'can be restored through (%s)',
		async (mode) => {
			const manifest = await createDump({
				...dumpInput(postgres, 'shop', scratch.repository, { engine: 'embedded' }),
				name: mode,
			});
			const result = await restoreDump({
				...{ server: pooler.server('shop'), repository: scratch.repository },
				...{ backup: manifest, mode, database: mode === 'new-database' ? 'copy' : 'shop' },
				...{ engine: 'own', owners: 'auto', privileges: 'auto', unsupported: 'refuse' },
			});
			expect(result).toMatchObject({ rows: 1000, checksumsCompared: true });
		},
	);
});

it('leaves a direct connection alone', async () => {
	const client = await connect(postgres.server('shop'), { purpose: 'test' });
	await client.end();
	expect(await sessionsLeft(postgres)).toEqual([]);
});
