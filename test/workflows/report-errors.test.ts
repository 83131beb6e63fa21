import type { IDataObject } from 'n8n-workflow';

import { createEngine } from '../support/engine-harness';
import { settingsWith, type SettingsValues } from '../support/settings-with';
import { withoutRetries } from '../support/without-retries';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const MAIL = 'Send a mail';
const SLACK = 'Tell Slack';
const ANSWERS: Record<string, IDataObject> = {
	[MAIL]: { messageId: '<1@example>', accepted: ['ops@mr-dj.nl'] },
	[SLACK]: { ok: true, message_timestamp: '1.1' },
};

const { 'report-errors': shipped, 'tell-people': tellPeople } = shippedWorkflows() as Record<
	'report-errors' | 'tell-people',
	ShippedWorkflow
>;
const FAILED = {
	execution: {
		id: '231',
		url: 'https://n8n.example/workflow/7/executions/231',
		error: { message: "The database refused <b>me</b> & $& {node} 'you'." },
		lastNodeExecuted: 'Back up Postgres',
		mode: 'trigger',
	},
	workflow: { id: 'drBackUpHourly', name: 'Back up hourly' },
};

interface Case {
	/** Of `Settings`, by their dotted names. */
	values?: SettingsValues;
	down?: string[];
	failed?: object;
}

async function report({ values = {}, down = [], failed = FAILED }: Case = {}) {
	const asked: Record<string, IDataObject> = {};
	const engine = await createEngine({
		library: { drSettings: settingsWith(values), drTellPeople: withoutRetries(tellPeople) },
		outside: (node, parameters) => {
			asked[node] = parameters;
			if (down.includes(node)) throw new Error(`${node} is down`);
			return ANSWERS[node] ?? {};
		},
	});
	const { status, error, output } = await engine.run(shipped, {
		startAt: 'When a run fails',
		items: [{ json: failed as IDataObject }],
		mode: 'error',
	});
	const summary = output('Summarise the alert')[0]?.[0]?.json;
	return { status, error: error?.message, asked, summary };
}

describe('Report errors', () => {
	it('says by mail and in Slack who, what, where and what to do first', async () => {
		const { status, asked, summary } = await report();
		expect(status).toBe('success');
		expect(asked[MAIL]).toMatchObject({
			...{ fromEmail: 'ops@mr-dj.nl', toEmail: 'ops@mr-dj.nl, techlead@mr-dj.nl' },
			subject: '[Mister DJ] Mislukt: Back up hourly',
		});
		for (const part of [
			"Wat: The database refused <b>me</b> & $& {node} 'you'.",
			'Waar: stap "Back up Postgres"',
			'Uitvoering: https://n8n.example/workflow/7/executions/231',
			'Wie: DevOps engineer <ops@mr-dj.nl>; coördinatie: Tech lead <techlead@mr-dj.nl>',
			'hooguit 60 minuten',
		]) {
			expect(asked[MAIL]?.text).toContain(part);
		}
		expect(asked[MAIL]?.text).not.toMatch(/\{(?!node\} 'you')/);
		expect(asked[SLACK]).toMatchObject({ channelId: { value: '#incidents' } });
		expect(asked[SLACK]?.text).toContain('refused &lt;b&gt;me&lt;/b&gt; &amp; $&amp;');
		expect(summary).toEqual({
			...{ subject: '[Mister DJ] Mislukt: Back up hourly' },
			...{ mail: 'sent', slack: 'sent', reasons: [] },
		});
	});

	it('tells by the other one when one is down', async () => {
		const { status, asked, summary } = await report({ down: [MAIL] });
		expect(status).toBe('success');
		expect(summary).toMatchObject({
			...{ mail: 'failed', slack: 'sent', reasons: ['Mail: Send a mail is down'] },
		});
		expect(asked[SLACK]?.text).toContain('Mislukt: Back up hourly');
	});

	it.each<[string, Case, said: string]>([
		['are down', { down: [MAIL, SLACK] }, 'Mail: Send a mail is down; Slack: Tell Slack is down.'],
		[
			'are switched off',
			{ values: { 'mail.to': '', 'slack.channel': '' } },
			'Mail: there is no mail.to in the settings; Slack: there is no slack.channel in the settings.',
		],
	])('fails with both reasons when both %s', async (_name, given, said) => {
		const { status, error } = await report(given);
		expect(status).toBe('error');
		expect(error).toBe(`Nobody was told of "[Mister DJ] Mislukt: Back up hourly". ${said}`);
	});

	it('tells of a trigger that could not start a run, and of a restore with other advice', async () => {
		const failed = {
			trigger: { error: { message: 'The port is taken' }, mode: 'trigger' },
			workflow: { id: '9', name: 'Restore Postgres' },
		};
		const { asked } = await report({ failed });
		for (const part of ['Wat: The port is taken', 'niet gestart', 'Start niets opnieuw']) {
			expect(asked[MAIL]?.text).toContain(part);
		}
		expect(asked[MAIL]?.text).not.toMatch(/undefined|\{/);
	});

	it('says of a drill that nothing in use was changed', async () => {
		const failed = {
			trigger: { error: { message: 'Refused' }, mode: 'trigger' },
			workflow: { id: '9', name: 'Drill on staging quarterly' },
		};
		const { asked } = await report({ failed });
		expect(asked[MAIL]?.text).toContain('aan wat in gebruik is, is niets veranderd');
	});
});
