import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { createEngine } from '../support/engine-harness';
import { type RunningPostgres, startPostgres } from '../support/postgres-server';
import { plantBackup } from '../support/repository/plant-backup';
import { settingsWith, type SettingsValues } from '../support/settings-with';
import { withoutRetries } from '../support/without-retries';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const { 'review-after-release': shipped, 'tell-people': tellPeople } = shippedWorkflows() as Record<
	'review-after-release' | 'tell-people',
	ShippedWorkflow
>;
const SERVER = 'Ask which services there are';
const PUBLISHED = 'Ask which workflows are published';
/** What stands in the plan of the site of these tests, and is backed up. */
const COVERED = [
	...[
		{ component: 'postgres', name: 'mrdj_db' },
		{ component: 'redis', name: 'cache' },
	],
	...[
		{ component: 'rentguy-queue', name: 'rentguy-sync' },
		{ component: 'file', name: 'managed.env' },
	],
	{ component: 'file', name: 'n8n-workflows' },
];
/** What a restore has replaced. */
const KEPT = 'mrdj_db_before_20261122170000';
const ORDERS = { id: 'orders', name: 'Take orders', tags: [] };
const RECOVERY = [
	{ id: 'drBackUpHourly', name: 'Back up hourly', tags: [] },
	{ id: 'other', name: 'Restore', tags: [{ id: '1', name: 'disaster recovery' }] },
	{ id: 'mine', name: 'Watch', tags: [{ id: '2', name: 'dr:keep' }] },
];

let postgres: RunningPostgres;
let folder: string;

beforeAll(async () => {
	postgres = await startPostgres();
	await inPostgres('create database mrdj_db');
});

afterAll(async () => await postgres?.stop());

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'dr-review-'));
	for (const backup of COVERED) plantBackup(folder, { ...backup, at: '2026-11-22T17:00:00Z' });
});

afterEach(async () => {
	rmSync(folder, { recursive: true, force: true });
	for (const database of ['survey', KEPT]) await inPostgres(`drop database if exists ${database}`);
});

async function inPostgres(sql: string): Promise<void> {
	const admin = await postgres.admin();
	await admin.query(sql);
	await admin.end();
}

/** What n8n's SSH node says of a command that has ended. */
const ended = (code: number, stdout: string, stderr = '') => ({
	...{ code, signal: null, stdout, stderr },
});
const running = (...names: string[]) =>
	ended(
		0,
		`backend\nredis\n--\n${names.map((Service) => JSON.stringify({ Service, State: 'running' })).join('\n')}\n`,
	);

interface Case {
	values?: SettingsValues;
	services?: IDataObject | Error;
	workflows?: IDataObject[] | Error;
	/** By the names of nodes. */
	deactivated?: readonly string[];
	password?: string;
	down?: readonly string[];
}

/** Runs the review; what was asked of whom, and what it came to. */
async function review({
	values = {},
	services = running('backend', 'redis'),
	workflows = [ORDERS, ...RECOVERY],
	deactivated = [],
	password = postgres.password,
	down = [],
}: Case = {}) {
	const asked: Record<string, IDataObject> = {};
	const answers: Record<string, IDataObject | IDataObject[] | Error> = {
		...{ [SERVER]: services, [PUBLISHED]: workflows, 'Open the to-do': {} },
		...{ 'Send a mail': { messageId: '<1@example>' }, 'Tell Slack': { ok: true } },
	};
	const { host, port, user } = postgres;
	const engine = await createEngine({
		library: { drSettings: settingsWith(values), drTellPeople: withoutRetries(tellPeople) },
		credentials: {
			'Backup repository': { storage: 'directory', directory: folder, encryption: 'none' },
			'Postgres server': { host, port, user, password, database: 'mrdj_db', tls: 'disable' },
		},
		outside: (node, parameters) => {
			asked[node] = parameters;
			const answer = down.includes(node) ? new Error(`${node} is down`) : answers[node];
			if (answer === undefined || answer instanceof Error) throw answer ?? new Error(node);
			return answer;
		},
	});
	const workflow = withoutRetries(shipped);
	for (const node of workflow.nodes) {
		if (deactivated.includes(node.name)) node.disabled = true;
	}
	const { error, output } = await engine.run(workflow);
	const sum = output('Sum up')[0]?.[0]?.json ?? {};
	const todos = (sum['todos'] ?? []) as string[];
	return { error: error?.message, sum, todos, asked, mail: asked['Send a mail'] };
}

/** The inventories that the repository holds. */
const kept = () => {
	const names = readdirSync(join(folder, 'file'));
	return names.includes('accepted-inventory')
		? readdirSync(join(folder, 'file', 'accepted-inventory')).length
		: 0;
};

describe('Review after release', () => {
	it('tells all that is not known yet, once, and keeps it when it has changed', async () => {
		const { error, sum, todos, mail, asked } = await review();
		expect(error).toBeUndefined();
		expect(sum).toMatchObject({
			...{ step: 'Review after release', outcome: 'done', failed: [], doByHand: '' },
			...{ services: 2, databases: 1, workflows: 1, inventoryChanged: true },
		});
		expect(todos).toEqual([
			expect.stringMatching(/^Nieuwe services: backend, redis\. /),
			expect.stringMatching(/^Nieuwe databases: mrdj_db\. /),
			expect.stringMatching(/^Nieuwe workflows in n8n: Take orders\. /),
		]);
		expect(mail).toMatchObject({
			subject: '[Mister DJ] Na de release na te gaan voor het herstelplan: 3',
		});
		for (const todo of todos) expect(mail?.['text']).toContain(`- ${todo}`);
		expect(mail?.['text']).not.toMatch(/undefined|\{/);
		expect(asked['Open the to-do']).toBeUndefined();
		expect(asked[SERVER]?.['command']).toBe(
			"cd '/srv/mr-dj' || exit 66\ndocker compose config --services || exit 67\necho '--'\ndocker compose ps --all --format json",
		);
		expect(kept()).toBe(1);

		const again = await review();
		expect(again.error).toBeUndefined();
		expect(again.sum).toMatchObject({ outcome: 'already', todos: [], inventoryChanged: false });
		expect(again.sum['says']).toMatch(/^Niets nieuws .* 2 services, 1 databases en 1 workflows/);
		expect(again.mail).toBeUndefined();
		expect(kept()).toBe(1);
	});

	it('names what a release has brought and taken away, and what has no backup', async () => {
		await review();
		await inPostgres('create database survey');
		await inPostgres(`create database ${KEPT}`);
		rmSync(join(folder, 'rentguy-queue'), { recursive: true });
		rmSync(join(folder, 'redis'), { recursive: true });
		const before = { component: 'redis', name: 'before-restore.cache' };
		plantBackup(folder, { ...before, at: '2026-11-22T17:00:00Z' });
		rmSync(join(folder, 'file', 'managed.env'), { recursive: true });
		const release = {
			services: ended(0, `backend\n--\n${JSON.stringify([{ Service: 'search' }], null, 2)}`),
			workflows: [{ id: 'invoices', name: 'Send invoices', tags: [] }, ...RECOVERY],
			values: { 'netlify.siteId': 'the-site' },
		};
		const { todos } = await review(release);
		expect(todos.map((one) => one.slice(0, one.indexOf('. ')))).toEqual([
			...['Nieuwe services: search', 'Nieuwe databases: survey'],
			'Nieuwe workflows in n8n: Send invoices',
			'Services, niet meer gevonden: redis',
			'Workflows in n8n, niet meer gevonden: Take orders',
			'Zonder back-up in de repository: Postgres survey, Redis, RentGuy-wachtrij, managed.env, Archief van de site',
		]);
		// What has no backup comes back at every review; the rest is known.
		expect((await review(release)).todos).toEqual([todos.at(-1)]);
		const excused = {
			...{ 'review.databasesWithoutBackup': 'postgres, survey', 'review.components': '' },
			...{ 'backups.envName': '', 'netlify.siteId': '' },
		};
		const { todos: left } = await review({ ...release, values: excused });
		expect(left).toEqual([expect.stringMatching(/^Databases, niet meer gevonden: survey\./)]);
	});

	it('knows the backup of the own database by the name that the settings give it', async () => {
		rmSync(join(folder, 'postgres'), { recursive: true });
		plantBackup(folder, { component: 'postgres', name: 'shop', at: '2026-11-22T17:00:00Z' });
		const { todos } = await review();
		expect(todos.at(-1)).toMatch(/^Zonder back-up in de repository: Postgres mrdj_db\./);
		const values = { 'backups.postgresName': 'shop' };
		expect((await review({ values })).todos).toEqual([]);
		await inPostgres('create database survey');
		expect((await review({ values })).todos.at(-1)).toMatch(/: Postgres survey\./);
	});

	it.each<[part: string, given: Case, said: RegExp]>([
		['the server', { services: new Error('refused') }, /^Services: niet nagegaan \(de server/],
		[
			'a command',
			{ services: ended(67, '', 'docker: not found') },
			/^Services: .*\(docker: not found\)/,
		],
		[
			'an answer in JSON',
			{ services: ended(0, 'backend\n--\nno JSON') },
			/^Services: niet nagegaan \(docker compose ps/,
		],
		['Postgres', { password: 'wrong' }, /^Databases: niet nagegaan \(.*password/],
		['n8n', { workflows: new Error('401') }, /^Workflows in n8n: niet nagegaan \(401\)/],
	])('fails without %s, compares the rest, and forgets nothing', async (_part, given, said) => {
		await review();
		const { error, sum, todos, mail } = await review({
			...given,
			...{ values: { 'backups.n8nName': 'other' } },
		});
		expect(error).toMatch(said);
		expect(error).toMatch(/start "Review after release" opnieuw\.$/);
		expect(sum['outcome']).toBe('failed');
		expect(todos).toEqual([expect.stringMatching(/^Zonder back-up .*: n8n-workflows\./)]);
		expect(mail?.['text']).toContain(todos[0]);
		expect((await review()).todos).toEqual([]);
	});

	it('leaves out the parts that a site does not have', async () => {
		const { error, sum, todos } = await review({
			values: { 'hosts.composeStatusCommand': '' },
			deactivated: ['Ask which databases there are', PUBLISHED],
		});
		expect(error).toBeUndefined();
		expect(todos).toEqual([]);
		expect(sum).toMatchObject({ outcome: 'already', services: 0, databases: 0, workflows: 0 });
	});

	it('opens a to-do at the address of the settings, and says when it cannot', async () => {
		const values = { 'review.todoUrl': 'https://todo.example/in' };
		const { asked, mail } = await review({ values });
		const { method, url, jsonBody } = asked['Open the to-do'] ?? {};
		expect({ method, url }).toEqual({ method: 'POST', url: 'https://todo.example/in' });
		expect(JSON.parse(String(jsonBody))).toEqual({
			title: mail?.['subject'],
			text: mail?.['text'],
		});

		rmSync(join(folder, 'file', 'accepted-inventory'), { recursive: true });
		const { error } = await review({ values, down: ['Open the to-do'] });
		expect(error).toMatch(/^De to-do is niet geopend .*\(Open the to-do is down\)/);
		expect(kept()).toBe(1);
	});

	it('forgets nothing that nobody could be told of', async () => {
		const { error } = await review({ down: ['Send a mail', 'Tell Slack'] });
		expect(error).toMatch(/^Nobody was told/);
		expect(kept()).toBe(0);
	});

	it('compares nothing where the repository cannot be read', async () => {
		rmSync(folder, { recursive: true });
		writeFileSync(folder, 'no folder');
		const { error, asked } = await review();
		expect(error).toMatch(/^Er is niets vergeleken, de back-upopslag is niet te lezen: /);
		expect(asked).toEqual({});
		rmSync(folder);
		mkdirSync(folder);
		plantBackup(folder, { component: 'file', name: 'accepted-inventory', at: new Date() });
		expect((await review()).error).toMatch(/^Er is niets vergeleken/);
	});
});
