import type { IDataObject } from 'n8n-workflow';

import { createEngine } from '../support/engine-harness';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const MAIL = 'Send a mail';
const SLACK = 'Tell Slack';
const ANSWERS: Record<string, IDataObject> = {
	[MAIL]: { messageId: '<1@example>', accepted: ['ops@mr-dj.nl'] },
	[SLACK]: { ok: true, message_timestamp: '1.1' },
};

const { 'report-errors': shipped, settings } = shippedWorkflows() as Record<
	'report-errors' | 'settings',
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
	values?: Record<string, string>;
	down?: string[];
	deactivated?: string[];
	failed?: object;
}

async function report({ values = {}, down = [], deactivated = [], failed = FAILED }: Case = {}) {
	const asked: Record<string, IDataObject> = {};
	const engine = await createEngine({
		library: { drSettings: withValues(values) },
		outside: (node, parameters) => {
			asked[node] = parameters;
			if (down.includes(node)) throw new Error(`${node} is down`);
			return ANSWERS[node] ?? {};
		},
	});
	const workflow = structuredClone(shipped);
	for (const node of workflow.nodes) {
		// A second is the least that n8n waits between tries.
		delete node.retryOnFail;
		if (deactivated.includes(node.name)) node.disabled = true;
	}
	const { status, error, output } = await engine.run(workflow, {
		startAt: 'When a run fails',
		items: [{ json: failed as IDataObject }],
		mode: 'error',
	});
	const summary = output('Summarise the alert')[0]?.[0]?.json;
	return { status, error: error?.message, asked, summary };
}

function withValues(values: Record<string, string>): ShippedWorkflow {
	const changed = structuredClone(settings);
	for (const node of changed.nodes) {
		const { assignments } = (node.parameters.assignments ?? { assignments: [] }) as {
			assignments: { name: string; value: unknown }[];
		};
		for (const field of assignments) field.value = values[field.name] ?? field.value;
	}
	return changed;
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
		expect(summary).toMatchObject({ told: ['Mail', 'Slack'], notTold: [] });
	});

	it.each<[string, Case, told: string[], notTold: string[]]>([
		['with the mail server down', { down: [MAIL] }, ['Slack'], ['Mail: Send a mail is down']],
		['with Slack down', { down: [SLACK] }, ['Mail'], ['Slack: Tell Slack is down']],
		[
			'without a mail address',
			{ values: { 'mail.to': '' } },
			['Slack'],
			['Mail: there is no mail.to in the settings'],
		],
		[
			'without a Slack channel',
			{ values: { 'slack.channel': '' } },
			['Mail'],
			['Slack: there is no slack.channel in the settings'],
		],
		[
			'with its Slack node deactivated',
			{ deactivated: [SLACK] },
			['Mail'],
			['Slack: its node is deactivated'],
		],
		[
			'with its mail node deactivated',
			{ deactivated: [MAIL] },
			['Slack'],
			['Mail: its node is deactivated'],
		],
	])('tells by the other one %s', async (_name, given, told, notTold) => {
		const { status, asked, summary } = await report(given);
		expect(status).toBe('success');
		expect(summary).toMatchObject({ told, notTold });
		expect(Object.keys(asked)).toContain(told[0] === 'Mail' ? MAIL : SLACK);
	});

	it.each<[string, Case, said: string]>([
		['are down', { down: [MAIL, SLACK] }, 'Mail: Send a mail is down; Slack: Tell Slack is down.'],
		[
			'are left out',
			{ deactivated: [MAIL], values: { 'slack.channel': '' } },
			'Mail: its node is deactivated; Slack: there is no slack.channel in the settings.',
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
});
