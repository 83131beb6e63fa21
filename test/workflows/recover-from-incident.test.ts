import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IDataObject, WorkflowExecuteMode } from 'n8n-workflow';

import { recordEvent } from '../../core/events/record-event';
import { openRepository } from '../../core/repository/repository';
import { readRepositorySettings } from '../../nodes/shared/credentials';
import { calledWorkflows, type Answer } from '../support/called-workflow';
import { createEngine } from '../support/engine-harness';
import { settingsWith, type SettingsValues } from '../support/settings-with';
import { withoutRetries } from '../support/without-retries';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const { 'recover-from-incident': shipped } = shippedWorkflows() as Record<
	'recover-from-incident',
	ShippedWorkflow
>;
const CALLED = 'Called by another workflow';
const POINT = 'mrdj-20261123014500';
const TRIAGE = 'drTriage';
const STABILISE = 'drStabilisePlatform';
const ASK = 'drAskApproval';
const RESTORE = 'drRestoreWhatIsHit';
const VALIDATE = 'drValidatePlatform';
const PAGE = 'drMaintenancePage';
const RESUME = 'drResumeRentGuyAndN8n';
const POST_MORTEM = 'drWritePostMortem';
const TELL = 'drTellPeople';
const BACK = [VALIDATE, PAGE, RESUME, POST_MORTEM, TELL];

let directory: string;

beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'dr-recover-'))));
afterEach(async () => await rm(directory, { recursive: true, force: true }));

const credential = (path: string) => ({
	storage: 'directory',
	directory: path,
	encryption: 'none',
});
const now = () => new Date().toISOString();
const approved: Answer = () => ({
	...{ verdict: 'approved', by: 'Tech lead', says: 'Goedgekeurd.', at: now() },
	...{ postgres: POINT, redis: '' },
});
const fails =
	(message: string): Answer =>
	() => {
		throw new Error(message);
	};

/** All goes well. */
const WELL: Record<string, Answer> = {
	[TRIAGE]: () => ({
		...{ says: 'Niet in orde: Platform.', details: 'Platform: 503', redis: [] },
		postgres: [{ id: POINT, text: `${POINT} · 20 min oud` }],
	}),
	[STABILISE]: () => ({ says: 'Onderhoudspagina: staat aan.', told: true }),
	[ASK]: approved,
	[RESTORE]: () => ({ says: 'Teruggezet: Postgres.', restoredAt: now() }),
	[VALIDATE]: () => ({ says: 'Gezond.', stableSince: now() }),
	[PAGE]: () => ({ action: 'off' }),
	[RESUME]: () => ({ says: 'Hervat.' }),
	[POST_MORTEM]: () => ({ file: 'post-mortem-1' }),
	[TELL]: () => ({ mail: 'sent', slack: 'sent', reasons: [] }),
};

interface Case {
	asked?: IDataObject;
	answers?: Record<string, Answer>;
	values?: SettingsValues;
	startAt?: string;
	mode?: WorkflowExecuteMode;
	/** Where the records are kept. */
	repository?: string;
}

async function recover({ asked = {}, answers = {}, values = {}, ...options }: Case = {}) {
	const { startAt = CALLED, mode = 'manual', repository = directory } = options;
	const called = calledWorkflows({ ...WELL, ...answers });
	const settings = settingsWith({ 'netlify.siteId': 'site-1', ...values });
	const engine = await createEngine({
		library: { ...called.library, drSettings: settings },
		credentials: {
			'Backup repository': credential(repository),
		},
		outside: called.outside(),
	});
	const { status, error, output, last } = await engine.run(withoutRetries(shipped), {
		...{ startAt, items: [{ json: asked }], mode },
	});
	return {
		...{ status, error: error?.message, ids: called.ids(), calls: called.calls },
		result: last[0]?.[0]?.json ?? {},
		known: output('Know the incident')[0]?.[0]?.json as IDataObject | undefined,
		closed: output('Close it')[0]?.[0]?.json as IDataObject | undefined,
	};
}

const DATA = { type: 'data', who: 'DevOps', hit: 'bookings', kind: 'incident' };

test('an incident goes from the declaration to the closing record, with all its instants', async () => {
	const { error, ids, calls, result, closed } = await recover({ asked: DATA });
	expect(error).toBeUndefined();
	expect(ids).toEqual([TRIAGE, STABILISE, ASK, RESTORE, ...BACK]);
	const { incident } = result;
	expect(incident).toMatch(/^incident-\d{4}-\d\d-\d\d-\d{6}$/);
	for (const { id, asked } of calls) if (id !== TELL) expect(asked).toMatchObject({ incident });
	expect(calls[2]?.asked).toMatchObject({
		...{ type: 'data', triage: 'Niet in orde: Platform.', postgresIds: [POINT], redisIds: [] },
		...{ postgresOptions: [`${POINT} · 20 min oud`, 'Niet terugzetten'] },
		redisOptions: ['Niet terugzetten'],
	});
	expect(calls[3]?.asked).toMatchObject({ type: 'data', postgres: POINT, redis: '', again: false });
	expect(calls[5]?.asked).toMatchObject({ action: 'off' });
	expect(closed).toMatchObject({
		...{ outcome: 'succeeded', running: false, warnings: [] },
		instants: Object.fromEntries(
			['impactStart', 'declared', 'dataRestored', 'serviceHealthy', 'maintenanceOff'].map(
				(name) => [name, expect.any(String) as unknown],
			),
		),
	});
	expect(result).toMatchObject({ outcome: 'done', report: 'post-mortem-1' });
	expect(calls.at(-1)?.asked).toMatchObject({
		...{ subject: `[Mister DJ] Hersteld: ${String(incident)}`, message: result['says'] },
	});
});

test('a closed incident is not begun again', async () => {
	const { result } = await recover({ asked: DATA });
	const again = await recover({ asked: { incident: result['incident'] } });
	expect(again.ids).toEqual([]);
	expect(again.result).toMatchObject({ outcome: 'already', incident: result['incident'] });
});

test.each<[verdict: string]>([['refused'], ['expired']])(
	'%s: nothing is restored, page and pause stay, and the next run asks again',
	async (verdict) => {
		const first = await recover({
			asked: DATA,
			answers: { [ASK]: () => ({ verdict, by: '', says: 'Geen goedkeuring.', at: now() }) },
		});
		expect(first.status).toBe('success');
		expect(first.ids).toEqual([TRIAGE, STABILISE, ASK, TELL]);
		const incident = String(first.result['incident']);
		expect(first.result).toMatchObject({
			outcome: 'skipped',
			says: 'Geen goedkeuring. Er is niets teruggezet. Onderhoudspagina: staat aan. Dat blijft zo.',
			doByHand: expect.stringContaining(`opnieuw met incident ${incident}`) as unknown,
		});
		const second = await recover({ asked: { type: '' } });
		expect(second.ids).toEqual([TRIAGE, STABILISE, ASK, RESTORE, ...BACK]);
		expect(second.result).toMatchObject({ outcome: 'done', incident });
		expect(second.calls[1]?.asked).toMatchObject({ type: 'data', hit: 'bookings' });
	},
);

test('a restore that fails stops all behind it; the approval still counts for the next run', async () => {
	const first = await recover({ asked: DATA, answers: { [RESTORE]: fails('Postgres: doe dit') } });
	expect(first.ids).toEqual([TRIAGE, STABILISE, ASK, RESTORE, TELL]);
	const incident = String(first.known?.['incident']);
	expect(first.error).toMatch(
		/^Het herstel van \S+ is gestopt bij "Restore what is hit"\.\n\nPostgres: doe dit\n\nOnderhoudspagina: staat aan\. Dat blijft zo/,
	);
	expect(first.error).toContain(`opnieuw met incident ${incident}`);
	expect(first.calls.at(-1)?.asked).toMatchObject({ message: first.error });
	const second = await recover({ asked: { incident } });
	expect(second.ids).toEqual([TRIAGE, STABILISE, RESTORE, ...BACK]);
	expect(second.calls[2]?.asked).toMatchObject({ postgres: POINT });
	expect(second.result).toMatchObject({ outcome: 'done', incident });
});

test.each<[what: string, asked: IDataObject, values: SettingsValues]>([
	['is older than its limit', {}, { 'approval.limitMinutes': 0 }],
	['was for another restore', { type: 'infrastructure' }, {}],
	['was for what is asked for once more', { again: true }, {}],
])('an approval that %s is asked for again', async (_what, asked, values) => {
	const first = await recover({ asked: DATA, answers: { [RESTORE]: fails('No') } });
	const { incident } = first.known!;
	const { ids } = await recover({ asked: { incident, ...asked }, values });
	expect(ids.slice(0, 4)).toEqual([TRIAGE, STABILISE, ASK, RESTORE]);
});

describe('with two persons', () => {
	const values = { 'approval.persons': 2 };

	test('the second one is asked for what the first has chosen', async () => {
		const { ids, calls } = await recover({
			...{ asked: DATA, values },
			answers: {
				[ASK]: ({ approvedBy }) => ({
					...{ verdict: 'approved', says: 'Goedgekeurd.', postgres: POINT, redis: '' },
					by: approvedBy ? 'QA lead' : 'Tech lead',
				}),
			},
		});
		expect(ids.slice(2, 5)).toEqual([ASK, ASK, RESTORE]);
		expect(calls[3]?.asked).toMatchObject({
			...{ approvedBy: 'Tech lead', postgresIds: [POINT], redisIds: [] },
			...{ postgresOptions: [`${POINT} · 20 min oud`], redisOptions: ['Niet terugzetten'] },
		});
		expect(calls[4]?.asked).toMatchObject({ postgres: POINT });
	});

	test('one who refuses is enough, and then the other is not asked', async () => {
		const answers = (verdicts: string[]): Record<string, Answer> => ({
			[ASK]: () => ({ ...{ verdict: verdicts.shift(), by: 'X' }, says: 'Zo.', postgres: POINT }),
		});
		const first = await recover({ asked: DATA, values, answers: answers(['refused']) });
		expect(first.ids.slice(2)).toEqual([ASK, TELL]);
		const second = await recover({ values, answers: answers(['approved', 'refused']) });
		expect(second.ids.slice(2)).toEqual([ASK, ASK, TELL]);
		expect(second.result).toMatchObject({ outcome: 'skipped' });
	});
});

test('with a failing integration nothing is overwritten, so nobody is asked', async () => {
	const { ids, result } = await recover({ asked: { ...DATA, type: 'integration' } });
	expect(ids).toEqual([TRIAGE, STABILISE, RESTORE, ...BACK]);
	expect(result).toMatchObject({ outcome: 'done' });
});

test('without any verified backup of corrupted data it says so, and asks nobody', async () => {
	const none: Answer = () => ({ says: 'Niet in orde.', postgres: [], redis: [] });
	const { ids, error } = await recover({ asked: DATA, answers: { [TRIAGE]: none } });
	expect(ids).toEqual([TRIAGE, STABILISE, TELL]);
	expect(error).toMatch(/geen enkele geverifieerde back-up/);
	// The backend can be brought back all the same.
	const infrastructure = {
		asked: { ...DATA, type: 'infrastructure' },
		answers: { [TRIAGE]: none },
	};
	expect((await recover(infrastructure)).result).toMatchObject({ outcome: 'done' });
});

test('what fails in the triage and in stabilising is reported, and stops nothing', async () => {
	const { ids, calls, result } = await recover({
		asked: DATA,
		answers: {
			[TRIAGE]: () => ({
				...{ says: 'De controles konden niet worden uitgevoerd', redis: [] },
				postgres: [{ id: POINT, text: POINT }],
			}),
			[STABILISE]: fails('n8n does not answer'),
			[ASK]: () => ({ verdict: 'refused', by: 'Tech lead', says: 'Geweigerd.', at: now() }),
		},
	});
	expect(ids).toEqual([TRIAGE, STABILISE, ASK, TELL]);
	expect(calls[2]?.asked['triage']).toMatch(/konden niet/);
	expect(result['says']).toBe(
		'Geweigerd. Er is niets teruggezet. n8n does not answer Dat blijft zo.',
	);
});

test('a platform that is not healthy keeps the maintenance page and the pause', async () => {
	const { ids, error } = await recover({
		...{ asked: DATA, answers: { [VALIDATE]: fails('De database antwoordt niet') } },
	});
	expect(ids).toEqual([TRIAGE, STABILISE, ASK, RESTORE, VALIDATE, TELL]);
	expect(error).toContain('De database antwoordt niet');
	const next = await recover();
	expect(next.ids).toEqual([TRIAGE, STABILISE, RESTORE, ...BACK]);
	expect(next.closed?.['warnings']).toEqual([]);
});

test('once all that was approved is restored, nobody is asked again, however late it is', async () => {
	const first = await recover({ asked: DATA, answers: { [VALIDATE]: fails('Not yet') } });
	const { incident } = first.known!;
	await recordEvent(openRepository(readRepositorySettings(credential(directory) as never)), {
		...{ kind: 'incident', incident: String(incident), instants: {}, restoredBackups: [] },
		data: { step: 'Restore what is hit', part: 'postgres', at: now() },
	});
	const late = await recover({ asked: { incident }, values: { 'approval.limitMinutes': 0 } });
	expect(late.ids).toEqual([TRIAGE, STABILISE, RESTORE, ...BACK]);
});

test.each([
	[PAGE, [PAGE, RESUME, TELL]],
	[RESUME, [PAGE, RESUME, TELL]],
])(
	'when %s fails the other is tried, the incident stays open, and the next run goes on',
	async (id, tried) => {
		const first = await recover({ asked: DATA, answers: { [id]: fails('curl -X POST …') } });
		expect(first.ids.slice(5)).toEqual(tried);
		expect(first.error).toMatch(/gestopt bij "Is all back"\.\n\ncurl -X POST …\n/);
		const next = await recover();
		expect(next.result).toMatchObject({ outcome: 'done', incident: first.known?.['incident'] });
		expect(next.closed).toMatchObject({ outcome: 'succeeded', warnings: [] });
	},
);

test('a post-mortem that fails is said, and the incident is closed all the same', async () => {
	const { result, closed } = await recover({
		...{ asked: DATA, answers: { [POST_MORTEM]: fails('Notion answers 500.') } },
	});
	expect(closed).toMatchObject({ outcome: 'succeeded' });
	expect(result).toMatchObject({ outcome: 'failed', doByHand: 'Notion answers 500.' });
	expect(result['says']).toMatch(
		/Verslag: NIET GEMAAKT: Notion answers 500\. Start "Write post-mortem"/,
	);
});

test('without a site at Netlify there is no page to take off', async () => {
	const { ids, result } = await recover({ asked: DATA, values: { 'netlify.siteId': '' } });
	expect(ids).not.toContain(PAGE);
	expect(result).toMatchObject({ outcome: 'done' });
});

test('another type or kind, or the word for it, makes an incident of its own', async () => {
	const { known } = await recover({ asked: DATA, answers: { [ASK]: fails('Nobody') } });
	const idOf = async (asked: IDataObject) => {
		const { known: other } = await recover({ asked, answers: { [ASK]: fails('Nobody') } });
		return other;
	};
	expect(await idOf(DATA)).toMatchObject({ incident: known?.['incident'] });
	expect(await idOf({ ...DATA, type: 'infrastructure' })).toMatchObject({ isKnown: false });
	expect(await idOf({ ...DATA, kind: 'drill' })).toMatchObject({
		...{ isKnown: false, incident: expect.stringMatching(/^drill-/) as unknown },
	});
	expect(await idOf({ ...DATA, incident: 'nieuw' })).toMatchObject({ isKnown: false });
	expect(await idOf({ ...DATA, incident: 'failover-1' })).toMatchObject({
		...{ isKnown: false, incident: 'failover-1' },
	});
});

test.each<[what: string, asked: IDataObject, said: RegExp]>([
	['no type', {}, /geen soort incident/],
	['a beginning that is no time', { ...DATA, began: 'gisteren' }, /"gisteren" is geen tijdstip/],
	['a beginning that lies ahead', { ...DATA, began: '2999-01-01 00:00' }, /geen tijdstip in het/],
])('with %s nothing begins', async (_what, asked, said) => {
	const { ids, error } = await recover({ asked });
	expect(ids).toEqual([]);
	expect(error).toMatch(/^Niet begonnen: /);
	expect(error).toMatch(said);
});

test('without its repository it says what leads on', async () => {
	const { ids, error } = await recover({ asked: DATA, repository: '/proc/nowhere' });
	expect(ids).toEqual([]);
	expect(error).toMatch(/logboek van het incident .+ docs\/when-n8n-is-down\.md/s);
});

test('the form says it in Dutch; a time of the day is the last one that has been', async () => {
	const { known, result } = await recover({
		startAt: 'Fill in what happened',
		asked: {
			...{ type: 'Gegevens beschadigd', kind: 'Oefening', again: 'Nee', who: 'QA lead' },
			...{ began: '00:00', incident: '' },
		},
	});
	expect(known).toMatchObject({ type: 'data', kind: 'drill', again: false });
	const began = new Date(String(known?.['began'])).getTime();
	expect(began).toBeLessThanOrEqual(Date.now());
	expect(began).toBeGreaterThan(Date.now() - 25 * 60 * 60_000);
	expect(result).toMatchObject({ outcome: 'done' });
});

test('a run by its form leaves it to Report errors to tell of its failure', async () => {
	const { ids, error } = await recover({
		...{ mode: 'webhook', startAt: 'Fill in what happened' },
		...{ asked: { ...DATA, type: 'Gegevens beschadigd' }, answers: { [RESTORE]: fails('No') } },
	});
	expect(ids).not.toContain(TELL);
	expect(error).toMatch(/gestopt bij "Restore what is hit"/);
});
