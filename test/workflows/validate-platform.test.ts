import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { findIncident } from '../../core/events/find-incident';
import { openRepository } from '../../core/repository/repository';
import type { OutsideAnswer } from '../support/core-nodes/stand-ins';
import { createEngine } from '../support/engine-harness';
import { type Platform, startPlatform } from '../support/platform';
import { askPlatform } from '../support/platform/asked-in-process';
import { type RunningRedis, startRedis } from '../support/redis-server';
import { settingsWith, type SettingsValues } from '../support/settings-with';
import { withoutRetries } from '../support/without-retries';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const { 'validate-platform': shipped } = shippedWorkflows() as Record<
	'validate-platform',
	ShippedWorkflow
>;
const INCIDENT = 'incident-2026-11-23';
const ENCRYPTION = { kind: 'none' } as const;

let redis: RunningRedis;
let platform: Platform;
let directory: string;

beforeAll(async () => {
	redis = await startRedis();
});

beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), 'dr-validate-'));
	platform = await startPlatform({ redis });
});

afterEach(async () => {
	await platform.stop();
	const admin = redis.admin();
	await admin.flushall();
	admin.disconnect();
	await rm(directory, { recursive: true, force: true });
});

afterAll(async () => {
	await redis?.stop();
});

interface Case {
	values?: SettingsValues;
	/** Of the node that calls it; by hand where there is none. */
	item?: IDataObject;
	/** What the server says of the test command; an error is a login that fails. */
	tests?: IDataObject | Error;
	/** The answer to the booking is lost on its way back. */
	isAnswerLost?: boolean;
}

async function validate({ values = {}, item, tests, isAnswerLost }: Case = {}) {
	const commands: string[] = [];
	const { baseUrl, user, password } = platform;
	const engine = await createEngine({
		library: {
			drSettings: settingsWith({
				...{ 'site.healthUrl': `${baseUrl}/health`, 'validate.stableRounds': 1 },
				...{ 'validate.bookingsUrl': `${baseUrl}/bookings`, 'validate.intervalSeconds': 1 },
				...{ 'validate.deadlineMinutes': 0.5, ...values },
			}),
		},
		credentials: {
			'RentGuy dashboard': { baseUrl, user, password },
			'Backup repository': { storage: 'directory', directory, encryption: 'none' },
		},
		outside: async (node, parameters): Promise<OutsideAnswer> => {
			if (node === 'Run the tests') {
				commands.push(String(parameters['command']));
				if (tests === undefined || tests instanceof Error) throw tests ?? new Error(node);
				return tests;
			}
			const answer = await askPlatform(parameters);
			if (isAnswerLost && node === 'Make a test booking') throw new Error('Timed out.');
			return answer;
		},
	});
	const { error, output } = await engine.run(
		withoutRetries(shipped),
		item && { startAt: 'Called by another workflow', items: [{ json: item }], mode: 'integrated' },
	);
	const summary = output('Sum up')[0]?.[0]?.json as unknown as Summary;
	const handedOn = output('Hand on the result')[0]?.[0]?.json;
	const kept = JSON.stringify(shipped.nodes.map(({ name }) => output(name)));
	return { error: error?.message, summary, handedOn, commands, kept };
}

interface Summary {
	outcome: string;
	says: string;
	doByHand: string;
	stableSince: string;
	checks: { name: string; outcome: string; says: string }[];
	leftBehind: string[];
}

const outcomes = ({ checks }: Summary) =>
	Object.fromEntries(checks.map(({ name, outcome }) => [name, outcome]));
const methods = () =>
	platform.requests.filter(({ path }) => path.includes('/bookings')).map(({ method }) => method);
const recorded = async () => {
	const repository = openRepository({
		...{ directory: { path: directory }, encryption: ENCRYPTION },
	});
	return (await findIncident(repository, INCIDENT)).history;
};

const ALL_WELL = {
	...{ Stabiel: 'pass', Platform: 'pass', 'Boekingen lezen': 'pass' },
	...{ 'RentGuy-wachtrij': 'pass', Proefboeking: 'pass', 'Tests van het platform': 'skipped' },
};

describe('Validate platform', () => {
	it('waits until the database was asked, and makes and removes a booking that is known as a test', async () => {
		platform.switches.isAsleep = true;
		let made: unknown;
		platform.whenAsked('DELETE', () => (made = structuredClone(platform.bookings.stored)));
		const before = Date.now();
		const { error, summary, handedOn } = await validate();
		expect(error).toBeUndefined();
		expect(summary).toMatchObject({ outcome: 'done', doByHand: '' });
		expect(outcomes(summary)).toEqual(ALL_WELL);
		expect(Date.parse(summary.stableSince)).toBeGreaterThanOrEqual(before);
		expect(Date.parse(summary.stableSince)).toBeLessThanOrEqual(Date.now());
		expect(made).toEqual([
			expect.objectContaining({
				name: expect.stringMatching(/^PROEFBOEKING DR-\d{8}T\d{9}Z-1$/),
				...{ email: 'qa@mr-dj.nl', message: expect.stringContaining('niet uitvoeren') },
			}),
		]);
		expect(platform.bookings.stored).toEqual([]);
		expect(summary.leftBehind).toEqual([
			expect.stringMatching(/^boeking "PROEFBOEKING DR-\S+" bij RentGuy/),
		]);
		expect(handedOn).toEqual({ step: 'Validate platform', ...summary, warnings: [] });
		expect(await recorded()).toBeUndefined();
	});

	it('keeps no customer who is on the list of bookings with the run', async () => {
		const customer = { name: 'Anna de Vries', email: 'anna@example.com', phone: '0612345678' };
		await fetch(`${platform.baseUrl}/bookings`, {
			...{ method: 'POST', headers: { 'content-type': 'application/json' } },
			body: JSON.stringify({ ...customer, eventType: 'bruiloft' }),
		});
		platform.bookings.broken.set('DELETE', { status: 500 });
		const { summary, kept } = await validate();
		expect(summary.leftBehind).toHaveLength(2);
		expect(kept).toContain('PROEFBOEKING');
		expect(kept).not.toMatch(/Anna|0612345678/);
	});

	it('begins nothing on a platform that does not become healthy, and says what to do by hand', async () => {
		platform.switches.database.connected = false;
		const values = { 'validate.deadlineMinutes': 0.1, 'hosts.testCommand': 'npm test' };
		const { error, summary, commands } = await validate({ values });
		expect(outcomes(summary)).toEqual({
			...{ Stabiel: 'fail', Platform: 'fail', 'Boekingen lezen': 'fail' },
			...{ 'RentGuy-wachtrij': 'pass', Proefboeking: 'skipped' },
			'Tests van het platform': 'skipped',
		});
		expect(summary).toMatchObject({ outcome: 'failed', stableSince: '' });
		expect(error).toMatch(/^Niet in orde: Stabiel \(.*dependencies\.database\.connected == true/);
		expect(error).toContain(
			`curl -s ${platform.baseUrl}/health | jq\nssh 147.93.57.40\ncd /srv/mr-dj\n`,
		);
		expect(error).not.toMatch(/\{[a-z]+\}|undefined/);
		expect(methods()).not.toContain('POST');
		expect(commands).toEqual([]);
	});

	it.each<[what: string, spoil: () => void, said: RegExp]>([
		[
			'is kept in memory only',
			() => (platform.switches.database.connected = false),
			/Proefboeking \(aangenomen, maar niet in de database bewaard/,
		],
		[
			'cannot be read back',
			() => platform.bookings.broken.set('GET', { status: 500 }),
			/Proefboeking \(gemaakt, maar niet terug te lezen/,
		],
	])('removes a booking that %s, and fails', async (_what, spoil, said) => {
		platform.whenAsked('POST', spoil);
		const { error, summary } = await validate();
		expect(outcomes(summary)).toMatchObject({ Proefboeking: 'fail' });
		expect(error).toMatch(said);
		expect(methods()).toContain('DELETE');
		expect(summary.leftBehind).toEqual([expect.stringMatching(/bij RentGuy/)]);
		expect([...platform.bookings.stored, ...platform.bookings.unstored]).toEqual([]);
	});

	it('does not call a booking gone that nobody could look for', async () => {
		platform.whenAsked('DELETE', () => platform.bookings.broken.set('GET', { status: 500 }));
		const { error, summary } = await validate();
		expect(error).toContain(
			'Proefboeking (gemaakt en verwijderd, maar dat zij weg is, was niet te zien',
		);
		expect(summary.leftBehind).toEqual([expect.stringMatching(/bij RentGuy/)]);
	});

	it('names a booking that it could not remove, with the command that does', async () => {
		platform.bookings.broken.set('DELETE', { status: 500, body: { error: 'Oeps' } });
		const { error, summary } = await validate();
		const [left] = platform.bookings.stored;
		expect(summary.leftBehind[0]).toBe(
			`boeking "${left?.name}" (nummer ${left?.id}) op het platform`,
		);
		expect(error).toContain('Proefboeking (niet verwijderd: HTTP 500)');
		expect(error).toContain(`DELETE FROM bookings WHERE name = '${left?.name}'`);
	});

	it('is content with the older platform, which can remove none, and names what stays', async () => {
		await platform.stop();
		platform = await startPlatform({ redis, generation: 'A' });
		const { error, summary } = await validate();
		expect(error).toBeUndefined();
		expect(outcomes(summary)).toEqual({ ...ALL_WELL, Proefboeking: 'warn' });
		expect(summary.says).toMatch(
			/Let op: Proefboeking .* Achtergebleven: boeking .* op het platform/,
		);
		expect(summary.doByHand).toContain(platform.bookings.stored[0]?.name);
	});

	it('sends a booking without an answer once, and looks whether it was made', async () => {
		const { error, summary } = await validate({ isAnswerLost: true });
		expect(methods().filter((method) => method === 'POST')).toHaveLength(1);
		expect(error).toContain('Proefboeking (niet gemaakt: Timed out)');
		expect(summary.leftBehind).toEqual([
			`boeking "${platform.bookings.stored[0]?.name}" (nummer onbekend) op het platform`,
		]);
		platform.bookings.broken.set('POST', { status: 500, body: { error: 'Oeps' } });
		const unmade = await validate({ isAnswerLost: true });
		expect(unmade.summary.leftBehind).toEqual([expect.stringMatching(/^misschien boeking/)]);
	});

	it('says why a booking is refused, and leaves nothing', async () => {
		const { error, summary } = await validate({ values: { 'validate.testBookingMail': 'qa' } });
		expect(error).toContain(
			'niet gemaakt: HTTP 422, Validatie mislukt (email: Ongeldig e-mailadres)',
		);
		expect(summary).toMatchObject({ leftBehind: [] });
		expect(methods()).not.toContain('DELETE');
	});

	it.each(['validate.testBookingName', 'validate.bookingsUrl'])(
		'makes no booking without %s',
		async (name) => {
			const { error, summary } = await validate({ values: { [name]: '' } });
			expect(error).toBeUndefined();
			expect(outcomes(summary)).toEqual({ ...ALL_WELL, Proefboeking: 'skipped' });
			expect(methods()).not.toContain('POST');
		},
	);

	it.each<[what: string, tests: IDataObject | Error, outcome: string, said: RegExp]>([
		['pass', { code: 0, stdout: 'ok' }, 'pass', /^geslaagd$/],
		['fail', { code: 1, stderr: '1 failed' }, 'fail', /^niet geslaagd, code 1/],
		['are cut off', { code: null, signal: 'KILL' }, 'fail', /is onbekend$/],
		['cannot be reached', new Error('Login refused'), 'fail', /is onbekend$/],
	])("knows when the platform's own tests %s", async (_what, tests, outcome, said) => {
		const values = { 'hosts.testCommand': 'npm test', 'hosts.serverFolder': "/srv/it's" };
		const { error, summary, commands } = await validate({ values, tests });
		expect(commands).toEqual(["cd '/srv/it'\\''s' || exit 66\nnpm test"]);
		expect(summary.checks.at(-1)).toMatchObject({ outcome, says: expect.stringMatching(said) });
		expect(error === undefined).toBe(outcome === 'pass');
	});

	it('records in an incident what came of it, well or not', async () => {
		const item = { incident: INCIDENT, kind: 'drill' };
		const { handedOn } = await validate({ item, values: { 'validate.testBookingName': '' } });
		expect(handedOn).toMatchObject({ outcome: 'done', warnings: [] });
		const failing = { 'hosts.testCommand': 'npm test', 'validate.testBookingName': '' };
		const { summary } = await validate({ item, values: failing, tests: { code: 1 } });
		expect(await recorded()).toMatchObject({
			incident: { kind: 'drill', instants: {}, notes: [handedOn?.['says'], summary.says] },
			timeline: [{ planParagraph: '§3.5' }, { what: summary.says }],
		});
	});

	it('tells of a record that could not be kept, and is content all the same', async () => {
		await rm(directory, { recursive: true });
		const { error, handedOn } = await validate({
			...{ item: { incident: 'an id', kind: 'tea' }, values: { 'validate.testBookingName': '' } },
		});
		expect(error).toBeUndefined();
		expect(handedOn).toMatchObject({ outcome: 'done', warnings: [expect.any(String)] });
	});
});
