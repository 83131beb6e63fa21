import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

import type { Client } from 'pg';

import { readEvents } from '../../core/events/read-events';
import { listBackups } from '../../core/repository/catalogue';
import { eventually } from '../support/eventually';
import {
	failureOf,
	outputOf,
	type Execution,
	type Item,
	type Workflow,
} from '../support/n8n/n8n-client';
import type { PlainCredential } from '../support/n8n/n8n-instance';
import {
	called,
	caller,
	calling,
	onForm,
	onRequest,
	redrafted,
	scheduled,
} from '../support/stage/site-workflows';
import { n8nCredential } from '../support/stage/credentials';
import { nodeOf, shippedWorkflow } from '../support/stage/shipped-workflow';
import { changeSettings } from '../support/stage/site-settings';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;
const LIMIT_MS = 240_000;
const WORKFLOWS = join(__dirname, '../../workflows');
const PAUSE = 'drPauseTriggers';
const RESUME = 'drResumeRentGuyAndN8n';
const RECOVERY = [
	...['drSettings', 'drTellPeople', 'drReportFailure', 'drFlushRentGuyQueue'],
	...[PAUSE, RESUME],
];
/** In the order of their ids, in which n8n lists them. */
const numbered = (count: number, prefix: string) =>
	Array.from({ length: count }, (_none, at) => `${prefix}${String(at).padStart(2, '0')}`);

/** Fifty that have to stand still, thirty of them with a webhook or a form. */
const SITE: Workflow[] = [
	...numbered(17, 'timed').map(scheduled),
	// In the order in which n8n lists them, each comes before what it calls.
	...[caller('chainA', 'chainB'), called('chainB', 'chainC'), called('chainC')],
	...numbered(26, 'hook').map((id) => onRequest(id, `path-${id}`)),
	onRequest('hookParts', 'orders/:number/lines'),
	onRequest('hookPosted', '/a/b', ['POST']),
	onRequest('hookSeveral', 'several', ['GET', 'PUT']),
	onForm('formOne', 'sign-up'),
];
const KEPT = numbered(4, 'kept').map((id) => ({
	...scheduled(id),
	tags: [{ id: 'tagKeep', name: 'dr:keep' }],
}));
const ALL = SITE.length + KEPT.length + RECOVERY.length;
/** Never published; with all others they fill more than one page of n8n's API. */
const OFF = numbered(32, 'idle').map(scheduled);

/**
 * Waits with a change of what is published, refuses it, or loses a webhook that is being registered, in
 * the place of what else may happen to n8n.
 */
const OBSTACLES = `
	create table obstacle (kind text, workflow text, times int);
	create function met(what text, which text) returns boolean language sql as $$
		with one as (
			update obstacle set times = times - 1
			where kind = what and workflow = which and times > 0 returning 1
		) select exists (select from one)
	$$;
	create function on_change() returns trigger language plpgsql as $$ begin
		if met('hold', new.id) then perform pg_advisory_xact_lock(8); end if;
		if met('refuse', new.id) then raise exception 'Not now'; end if;
		return new;
	end $$;
	create function on_webhook() returns trigger language plpgsql as $$ begin
		if met('forget', new."workflowId") then return null; end if;
		return new;
	end $$;
	create trigger on_change before update of active on workflow_entity
		for each row when (new.active <> old.active) execute function on_change();
	create trigger on_webhook before insert on webhook_entity
		for each row execute function on_webhook();
	grant all on obstacle to public;
`;

/** Part of an incident, as the workflow that leads through one calls it. */
const INCIDENT = calling('theIncident', PAUSE, { incident: 'exercise', kind: 'drill' });

interface State {
	active: boolean;
	activeVersionId: string | null;
	versionId: string;
}

/** How soon n8n takes up again what it was publishing when it was killed; by default after two minutes. */
const SOON = {
	N8N_WORKFLOW_PUBLICATION_OUTBOX_LEASE_SECONDS: '10',
	N8N_WORKFLOW_PUBLICATION_OUTBOX_POLL_INTERVAL_MS: '1000',
};
const WEBHOOK_WAIT_SECONDS = 5;

/** What people do in the last pause. */
const [deleted, archived, edited, replaced] = ['timed00', 'timed01', 'hook01', 'hook02'] as const;

let stage: Stage;
let database: Client;
/** As everything was before the first pause, and after people have changed some of it in the last one. */
let before: Map<string, State>;
let meanwhile: Map<string, State>;

beforeAll(async () => {
	stage = await setStage({ bare: true, settings: SOON });
	const { n8n, postgres, credentials } = stage;
	database = await postgres.admin('n8n');
	await n8n.importCredentials(credentials);
	await n8n.importWorkflowFiles(WORKFLOWS);
	await n8n.importWorkflows([...SITE, ...KEPT, ...OFF, INCIDENT]);
	const callees = ['chainC', 'chainB'];
	const rest = [...SITE, ...KEPT].map(({ id }) => id).filter((id) => !callees.includes(id));
	for (const id of [...RECOVERY, ...callees, ...rest]) await n8n.client.publish(id);
	await changeSettings(n8n.client, { 'n8n.webhookWaitSeconds': WEBHOOK_WAIT_SECONDS });
	for (const workflow of SITE.filter(({ id }) => /0$/.test(id))) await edit(workflow);
	before = await states();
	await database.query(OBSTACLES);
}, START_LIMIT_MS);

afterAll(async () => {
	await database?.end();
	await stage?.clear();
});

/** The credential that the shipped workflows name "n8n API"; n8n answers elsewhere after a crash. */
function api(): PlainCredential {
	const { data } = stage.credentials.find(({ name }) => name === 'n8n API')!;
	return n8nCredential(stage.n8n.url, String(data['apiKey']));
}

/** Saves a newer draft; what is published stays. */
async function edit(workflow: Workflow): Promise<void> {
	const { versionId } = await stage.n8n.client.workflow(workflow.id);
	await stage.n8n.client.editor('PATCH', `workflows/${workflow.id}`, {
		...redrafted(workflow),
		versionId,
	});
}

async function states(): Promise<Map<string, State>> {
	const { rows } = await database.query<State & { id: string }>(
		'select id, active, "activeVersionId", "versionId" from workflow_entity order by id',
	);
	return new Map(rows.map(({ id, ...state }) => [id, state]));
}

async function running(): Promise<string[]> {
	return [...(await states())].filter(([, { active }]) => active).map(([id]) => id);
}

async function run(workflow: string): Promise<Execution> {
	return await stage.n8n.client.finished(await stage.n8n.client.run(workflow), LIMIT_MS);
}

async function succeed(workflow: string): Promise<Item> {
	const execution = await run(workflow);
	expect(failureOf(execution)).toBe('status success');
	const [result] = outputOf(execution, execution.data?.resultData.lastNodeExecuted ?? '');
	expect(result).toMatchObject({ doByHand: '', failed: [] });
	return result!;
}

/** The message of a run that fails, as the editor and the alerts show it. */
async function fail(workflow: string): Promise<string> {
	const execution = await run(workflow);
	expect(execution.status).toBe('error');
	return failureOf(execution);
}

/** Starts a run, ends n8n while it works on a held workflow, and starts n8n again. */
async function killInTheMiddleOf(workflow: string): Promise<void> {
	const lock = await stage.postgres.admin('n8n');
	await lock.query('select pg_advisory_lock(8)');
	const id = await stage.n8n.client.run(workflow);
	await eventually(async () => {
		const { rows } = await database.query(
			"select 1 from pg_locks where locktype = 'advisory' and not granted",
		);
		expect(rows).toHaveLength(1);
	}, LIMIT_MS);
	const startAgain = await stage.n8n.crash();
	await lock.end();
	const starts = await startsLogged();
	await startAgain();
	await stage.n8n.importCredentials([api()]);
	// It answers before it has brought back what is published, and does so while the run goes on.
	await eventually(async () => expect(await startsLogged()).toBeGreaterThan(starts), LIMIT_MS);
	expect((await stage.n8n.client.finished(id)).status).toBe('crashed');
}

/** How often n8n has said that it is up, and all that is published with it. */
async function startsLogged(): Promise<number> {
	return (await readFile(stage.n8n.main.logFile, 'utf8')).split('Editor is now accessible').length;
}

/** Something in n8n's database that happens to a workflow, for as often as is said. */
async function obstruct(kind: 'forget' | 'hold' | 'refuse', workflow: string, times = 99) {
	await database.query('insert into obstacle values ($1, $2, $3)', [kind, workflow, times]);
}

const notPaused = () =>
	[...before].filter(([id, { active }]) => active && !isOfTheSite(id)).map(([id]) => id);
const isOfTheSite = (id: string) => SITE.some((workflow) => workflow.id === id);

/** What requests get to which production webhooks of the site answer. */
async function answers(): Promise<Set<string>> {
	const ask = async (path: string, method = 'GET') => {
		const response = await fetch(new URL(path, stage.n8n.url), { method });
		const text = await response.text();
		return response.ok ? text.replace(/.*"version":"(\w+)".*/s, '$1') : String(response.status);
	};
	const hooks = numbered(26, 'hook').map((id) => `webhook/path-${id}`);
	const { nodes } = SITE.find(({ id }) => id === 'hookParts')!;
	const { webhookId } = nodes[0] as unknown as { webhookId: string };
	return new Set(
		await Promise.all([
			...[...hooks, `webhook/${webhookId}/orders/7/lines`].map(async (path) => await ask(path)),
			ask('webhook/a/b', 'POST'),
			ask('form/sign-up').then((answer) => (answer === '404' ? answer : 'published')),
			ask('webhook/several', 'PUT').then((answer) => (answer === '404' ? answer : 'published')),
		]),
	);
}

test(
	'pauses all but the recovery, and resumes exactly those in exactly their versions',
	async () => {
		expect(await answers()).toEqual(new Set(['published']));
		const redrafts = [...before.values()].filter(
			({ active, activeVersionId, versionId }) => active && activeVersionId !== versionId,
		);
		expect(redrafts).toHaveLength(5);

		// A store that is down keeps nothing from being paused, as long as another one has the list.
		stage.s3.faults.add({ effect: { kind: 'status', status: 503, code: 'SlowDown' } });
		const paused = await succeed(INCIDENT.id);
		stage.s3.faults.clear();
		expect(paused).toMatchObject({ step: 'Pause n8n triggers', outcome: 'done', onTheList: 50 });
		expect(paused['says']).toMatch(/^Gepauzeerd in n8n: 50\. .*: 10\.$/);
		expect(paused['warnings']).toEqual([
			expect.stringMatching(/stored in .*but not/),
			expect.anything(),
		]);
		expect(await running()).toEqual(notPaused());
		expect(await answers()).toEqual(new Set(['404']));
		const { backups } = await listBackups(stage.repository, { component: 'event' });
		const { records } = await readEvents(stage.repository, backups, 10);
		expect(records).toMatchObject([{ incident: 'exercise', notes: paused['says'] }]);
		expect(await succeed(PAUSE)).toMatchObject({ outcome: 'already', onTheList: 50 });

		await stage.platform.addJobs(2);
		const resumed = await succeed(RESUME);
		expect(resumed).toMatchObject({
			...{ outcome: 'done', left: [], webhooks: 30, webhooksNotProbed: [] },
			...{ queue: 'flushed', delivered: 2, warnings: [] },
		});
		expect(resumed['resumed']).toHaveLength(50);
		expect(await states()).toEqual(before);
		expect(await answers()).toEqual(new Set(['published']));
		expect(await succeed(RESUME)).toMatchObject({ outcome: 'already', queue: 'nothing-pending' });
	},
	LIMIT_MS,
);

test(
	'does nothing without name, key or place for the list, and says why',
	async () => {
		const { n8n } = stage;
		const pause = await shippedWorkflow('pause-n8n-triggers.json');
		await n8n.importWorkflows([{ ...pause, id: 'aCopyOfIt', name: 'A copy', tags: [] }]);
		await n8n.client.publish('aCopyOfIt');
		expect(await fail('aCopyOfIt')).toMatch(/niets gepauzeerd: .*zichzelf.*dr:keep/);
		await n8n.client.unpublish('aCopyOfIt');
		nodeOf(pause, 'See what runs').disabled = true;
		await n8n.importWorkflows([{ ...pause, id: 'withoutAnApi', name: 'Another copy' }]);
		expect(await fail('withoutAnApi')).toMatch(/niet op de lijst van die n8n/);

		await n8n.importCredentials([{ ...api(), data: { ...api().data, apiKey: 'wrong' } }]);
		expect(await fail(PAUSE)).toMatch(/^De API van n8n .*credential "n8n API"/);
		await n8n.importCredentials([api()]);
		stage.s3.faults.add({ effect: { kind: 'status', status: 503, code: 'SlowDown' } });
		await rename(stage.backupDirectory, `${stage.backupDirectory}-away`);
		expect(await fail(PAUSE)).toMatch(/niet veilig opgeborgen .*niets gepauzeerd/);
		await rename(`${stage.backupDirectory}-away`, stage.backupDirectory);
		stage.s3.faults.clear();
		expect(await running()).toHaveLength(ALL);
	},
	LIMIT_MS,
);

test(
	'goes on with the pause after n8n was killed, and names what n8n does not do',
	async () => {
		await obstruct('hold', 'hook12', 1);
		await obstruct('refuse', 'timed05');
		await killInTheMiddleOf(PAUSE);
		const killed = await running();
		expect(killed).toContain('timed05');
		expect(killed.length).toBeLessThan(ALL);

		expect(await fail(PAUSE)).toMatch(/^Niet gepauzeerd: Site timed05 \(.+\)\. Wel .*Unpublish/);
		expect(await running()).toEqual([...notPaused(), 'timed05']);
		await database.query('delete from obstacle');
		expect(await succeed(PAUSE)).toMatchObject({ outcome: 'done', onTheList: 50 });
		expect(await running()).toEqual(notPaused());

		stage.platform.switches.configured = false;
		await stage.platform.addJobs(1);
		expect(await fail(RESUME)).toMatch(/^De RentGuy-wachtrij is niet geleegd: .*not configured/);
		stage.platform.switches.configured = true;
		expect(await running()).toEqual(notPaused());
	},
	LIMIT_MS,
);

test(
	'loses n8n in the middle of the resume, after people have changed things',
	async () => {
		const { client } = stage.n8n;
		await client.editor('POST', `workflows/${deleted}/archive`, {});
		await client.editor('DELETE', `workflows/${deleted}`);
		await client.editor('POST', `workflows/${archived}/archive`, {});
		for (const id of [edited, replaced]) await edit(SITE.find((workflow) => workflow.id === id)!);
		await client.publish(replaced);
		meanwhile = await states();

		// What n8n brings back at its start loses the webhook as what it publishes does.
		await obstruct('hold', 'hook12', 1);
		await obstruct('forget', 'hook03', 1);
		await obstruct('forget', 'hook04');
		await killInTheMiddleOf(RESUME);
		expect((await running()).length).toBeLessThan(ALL - 2);
	},
	LIMIT_MS,
);

test(
	'goes on with the resume, leaves alone what people have done, and names a webhook that is lost',
	async () => {
		const message = await fail(RESUME);
		expect(message).toMatch(
			/^Niet hervat: Site hook04 \(webhook is niet aangemeld: \S+path-hook04\)\. Wel hervat: 46\./,
		);
		expect(message).toContain(
			'Niet aangeraakt: Site hook02 (intussen in een andere versie gepubliceerd); ' +
				'Site timed00 (verwijderd); Site timed01 (gearchiveerd).',
		);
	},
	LIMIT_MS,
);

test(
	'resumes what is left, and has touched no draft',
	async () => {
		await database.query('delete from obstacle');
		expect(await succeed(RESUME)).toMatchObject({
			...{ outcome: 'done', resumed: ['Site hook04'], left: [], webhooks: 1 },
		});

		const after = await states();
		for (const id of [deleted, archived]) before.delete(id);
		for (const [id, { activeVersionId }] of before) {
			const expected = id === replaced ? meanwhile.get(id)?.activeVersionId : activeVersionId;
			expect([id, after.get(id)?.activeVersionId]).toEqual([id, expected]);
		}
		expect(after.get(edited)?.versionId).toBe(meanwhile.get(edited)?.versionId);
		expect(after.get(edited)?.versionId).not.toBe(after.get(edited)?.activeVersionId);
		expect(await answers()).toEqual(new Set(['published', 'draft']));
	},
	LIMIT_MS,
);
