import { setTimeout as sleep } from 'node:timers/promises';
import { identifyServer } from '../../../core/postgres/cluster-identity';
import { createDump } from '../../../core/postgres/create-dump';
import {
	createDatabase,
	dumpInput,
	type ScratchRepository,
	scratchRepository,
	withAdmin,
} from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';

let servers: RunningPostgres[] = [];
let scratch: ScratchRepository;

beforeAll(async () => {
	servers = await Promise.all([13, 18].map((major) => startPostgres({ major: major as 13 | 18 })));
	scratch = await scratchRepository();
	for (const server of servers) {
		await createDatabase(server, 'shop', `CREATE TABLE t (); CREATE ROLE plain LOGIN PASSWORD 'p'`);
	}
});
afterAll(async () => {
	for (const server of servers) await server.stop();
	await scratch?.remove();
});

it('is told to an ordinary login, and not to one that may not ask', async () => {
	const ids = await Promise.all(servers.map((server) => identifyServer(plain(server))));
	expect(new Set(ids).size).toBe(2);
	for (const id of ids) expect(id).toMatch(/^\d{10,20}$/);
	const [server] = servers as [RunningPostgres];
	for (const database of ['postgres', 'template1']) {
		await withAdmin(server, database, (admin) =>
			admin.query('REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC'),
		);
	}
	expect(await identifyServer(plain(server))).toBeUndefined();
});

it('is in the manifest; a backup of another server under the same name is said once', async () => {
	const [a, b] = servers as [RunningPostgres, RunningPostgres];
	const warnings: string[][] = [];
	for (const server of [a, b, b]) {
		// Ids of backups have whole seconds.
		await sleep(1_100);
		const manifest = await createDump(
			dumpInput(server, 'shop', scratch.repository, { engine: 'embedded' }),
		);
		expect(manifest.source.cluster).toBe(await identifyServer(server.server()));
		warnings.push(manifest.warnings);
	}
	expect(warnings).toEqual([[], [expect.stringContaining('is of another server')], []]);
});

const plain = (server: RunningPostgres) => ({
	...server.server('shop'),
	...{ user: 'plain', password: 'p' },
});
