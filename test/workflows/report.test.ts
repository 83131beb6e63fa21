import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createEngine, type Engine, type WorkflowFile } from '../support/engine-harness';
import { parseStrictly } from '../support/report/strict-html';

let directory: string;
let engine: Engine;

beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), 'dr-report-'));
	const repository = { storage: 'directory', directory, encryption: 'passphrase' };
	engine = await createEngine({
		credentials: { 'Backup repository': { ...repository, passphrase: 'a long passphrase' } },
	});
});

afterEach(async () => {
	await rm(directory, { recursive: true, force: true });
});

/** A manual trigger and one node of this package behind it. */
function workflowWith(parameters: WorkflowFile['nodes'][number]['parameters']): WorkflowFile {
	const base = { typeVersion: 1, position: [0, 0] as [number, number] };
	return {
		...{ id: 'test', name: 'Test', settings: { timezone: 'Europe/Amsterdam' } },
		nodes: [
			{ ...base, id: '1', name: 'Start', type: 'n8n-nodes-base.manualTrigger', parameters: {} },
			{
				...{ ...base, id: '2', name: 'Repository', parameters },
				type: 'n8n-nodes-disaster-recovery.backupRepository',
				credentials: { drBackupRepositoryApi: { id: null, name: 'Backup repository' } },
			},
		],
		connections: { Start: { main: [[{ node: 'Repository', type: 'main', index: 0 }]] } },
	};
}

const RECORD = { resource: 'event', operation: 'record', kind: 'drill', incidentId: 'drill-q4' };

it('records a drill in local time, and reports on it as data and as a page', async () => {
	const record = await engine.run(
		workflowWith({
			...RECORD,
			instants: {
				impactStart: '2026-01-12T09:00:00',
				serviceHealthy: '2026-01-12T10:30:00+01:00',
			},
			details: { outcome: 'succeeded', data: '{"ticket": "OPS-7"}' },
		}),
	);
	expect(record.error?.message).toBeUndefined();
	expect(record.output('Repository')[0]?.[0]?.json).toMatchObject({
		...{ incidentId: 'drill-q4', rtaSeconds: 5400, running: false, warnings: [] },
		instants: { impactStart: '2026-01-12T08:00:00.000Z' },
	});

	const report = await engine.run(workflowWith({ resource: 'backup', operation: 'report' }));
	expect(report.error?.message).toBeUndefined();
	const [item] = report.output('Repository')[0] ?? [];
	expect(item?.json).toMatchObject({
		...{ verdict: 'empty', timeZone: 'Europe/Amsterdam' },
		exercises: [{ id: 'drill-q4', rtaMinutes: 90, rtoMet: true }],
	});
	const page = item?.binary?.['report'];
	expect(page).toMatchObject({ mimeType: 'text/html', fileName: item?.json['fileName'] });
	expect(page?.fileName).toMatch(/^disaster-recovery-report-\d{4}-\d\d-\d\d\.html$/);
	const { text } = parseStrictly(Buffer.from(page?.data ?? '', 'base64').toString('utf8'));
	expect(text).toContain('1 h 30 min, met');
});

it('gets back what was recorded, and says where nothing was', async () => {
	const get = { resource: 'event', operation: 'get' };
	const first = workflowWith({
		...RECORD,
		instants: {},
		details: { notes: 'The fault is put in.' },
	});
	const recorded = (await engine.run(first)).output('Repository')[0]?.[0]?.json;
	const [[item] = []] = (await engine.run(workflowWith(get))).output('Repository');
	expect(item?.json).toMatchObject({
		...{ found: true, incident: 'drill-q4', kind: 'drill', running: true, warnings: [] },
		timeline: [{ at: recorded?.['recordedAt'], what: 'The fault is put in.' }],
	});
	const unknown = await engine.run(workflowWith({ ...get, incident: 'drill-q5' }));
	expect(unknown.error?.message).toBeUndefined();
	expect(unknown.output('Repository')[0]).toEqual([
		expect.objectContaining({ json: { found: false, warnings: [] } }),
	]);
});

it.each([
	['a time that is none', { instants: { detected: 'noon' } }, /^T1 Detected is not a date/],
	['data that are no JSON', { details: { data: '{' } }, /data of the event are not JSON/],
	['a backup without an ID', { details: { restoredBackups: 'newest' } }, /not the id of a backup/],
])('refuses %s', async (_what, parameters, message) => {
	const { error } = await engine.run(workflowWith({ ...RECORD, ...parameters }));
	expect(error?.message).toMatch(message);
});
