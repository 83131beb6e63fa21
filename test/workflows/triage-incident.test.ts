import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { createEngine } from '../support/engine-harness';
import { freePort } from '../support/free-port';
import { plantBackup } from '../support/repository/plant-backup';
import { settingsWith } from '../support/settings-with';
import { withoutRetries } from '../support/without-retries';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const { 'triage-incident': shipped } = shippedWorkflows() as Record<
	'triage-incident',
	ShippedWorkflow
>;
const MINUTE = 60_000;

let directory: string;
let platform: Server;
/** A port at which nothing answers. */
let nobody: number;

beforeAll(async () => {
	nobody = await freePort();
	platform = createServer((_request, response) => {
		const dependencies = { database: { connected: false }, cache: { redis: { ok: true } } };
		response.setHeader('content-type', 'application/json');
		response.end(JSON.stringify({ status: 'ok', dependencies }));
	});
	await new Promise<void>((resolve) => platform.listen(0, '127.0.0.1', resolve));
});
afterAll(() => platform.close());
beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'dr-triage-'))));
afterEach(async () => await rm(directory, { recursive: true, force: true }));

async function triage(asked?: IDataObject) {
	const { port } = platform.address() as AddressInfo;
	const nowhere = { host: '127.0.0.1', port: nobody, password: 'secret', tls: 'disable' };
	const engine = await createEngine({
		library: { drSettings: settingsWith({ 'site.healthUrl': `http://127.0.0.1:${port}/health` }) },
		credentials: {
			'Backup repository': { storage: 'directory', directory, encryption: 'none' },
			'Postgres server': { ...nowhere, database: 'mrdj', user: 'mrdj' },
			'Redis server': { ...nowhere, user: '' },
			'RentGuy dashboard': { baseUrl: `http://127.0.0.1:${nobody}`, user: 'u', password: 'p' },
		},
	});
	const workflow = withoutRetries(shipped);
	for (const { parameters, name } of workflow.nodes) {
		if (name === 'Look at everything') parameters['options'] = { retries: 0 };
	}
	const options = asked && { startAt: 'Called by another workflow', items: [{ json: asked }] };
	const { error, last, output } = await engine.run(workflow, options);
	expect(error).toBeUndefined();
	return { found: last[0]?.[0]?.json ?? {}, recorded: output('Record it')[0]?.[0]?.json };
}

test('says what is not in order, and why', async () => {
	const { found, recorded } = await triage();
	expect(found).toMatchObject({
		...{ outcome: 'done', postgres: [], redis: [] },
		says: 'Niet in orde: Platform, Database, Redis-server, RentGuy-wachtrij, Back-up van Postgres, Back-up van Redis, Back-up van RentGuy-wachtrij.',
		details: expect.stringMatching(
			/^Platform: .*database\.connected == true, seen false.*\nDatabase: .*refused/,
		) as unknown,
	});
	expect(recorded).toBeUndefined();
});

test('offers verified backups, the newest from before the beginning first, with their loss', async () => {
	const now = Date.now();
	const plant = (
		component: string,
		minutes: number,
		levels: ('readable' | 'restored' | 'stored')[],
	) => plantBackup(directory, { component, at: new Date(now - minutes * MINUTE), levels });
	const later = plant('postgres', 5, ['readable']);
	const proposed = plant('postgres', 35, ['readable', 'restored']);
	const older = plant('postgres', 65, ['readable']);
	plant('postgres', 15, []);
	plant('postgres', 25, ['stored']);
	const redis = plant('redis', 35, ['readable']);
	const began = new Date(now - 10 * MINUTE).toISOString();
	const { found, recorded } = await triage({ incident: 'incident-1', kind: 'incident', began });
	expect(found['postgres']).toMatchObject([
		{ id: proposed, text: `${proposed} · 35 min oud · proef teruggezet · verlies 25 min` },
		{ id: older, text: `${older} · 65 min oud · gelezen en geteld · verlies 55 min` },
		{
			id: later,
			text: `${later} · 5 min oud · gelezen en geteld · gemaakt na het begin: kan de schade bevatten`,
		},
	]);
	expect(found['redis']).toMatchObject([{ id: redis }]);
	expect(recorded).toMatchObject({ incidentId: 'incident-1', kind: 'incident' });
});
