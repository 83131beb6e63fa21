import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { createEngine } from '../support/engine-harness';
import { settingsWith, type SettingsValues } from '../support/settings-with';
import { withoutRetries } from '../support/without-retries';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const MAIL = 'Send a mail';
const SLACK = 'Tell Slack';
const ANSWERS: Record<string, IDataObject> = {
	[MAIL]: { messageId: '<1@example>', accepted: ['ops@mr-dj.nl'], rejected: [] },
	[SLACK]: { ok: true, message_timestamp: '1.1' },
};
const MESSAGE = { subject: 'The report', message: 'All <b>is</b> well & $& {done}.' };

const { 'tell-people': shipped } = shippedWorkflows() as Record<'tell-people', ShippedWorkflow>;

interface Case {
	/** Of `Settings`, by their dotted names. */
	values?: SettingsValues;
	down?: string[];
	deactivated?: string[];
	answers?: Record<string, IDataObject>;
	items?: INodeExecutionData[];
	startAt?: string;
}

async function tell({
	values = {},
	down = [],
	deactivated = [],
	answers = {},
	items = [{ json: MESSAGE }],
	startAt = 'Called with a message',
}: Case = {}) {
	const asked: Record<string, IDataObject> = {};
	const engine = await createEngine({
		library: { drSettings: settingsWith(values) },
		outside: (node, parameters) => {
			asked[node] = parameters;
			if (down.includes(node)) throw new Error(`${node} is down`);
			return answers[node] ?? ANSWERS[node] ?? {};
		},
	});
	const workflow = withoutRetries(shipped);
	for (const node of workflow.nodes) {
		if (deactivated.includes(node.name)) node.disabled = true;
	}
	const { error, last } = await engine.run(workflow, { startAt, items, mode: 'integrated' });
	return { error: error?.message, asked, said: last.flat().map(({ json }) => json) };
}

describe('Tell people', () => {
	it('sends the message to the addresses and the channel of the settings', async () => {
		const { error, asked, said } = await tell();
		expect(error).toBeUndefined();
		expect(asked[MAIL]).toMatchObject({
			...{ fromEmail: 'ops@mr-dj.nl', toEmail: 'ops@mr-dj.nl, techlead@mr-dj.nl' },
			...{ subject: MESSAGE.subject, text: MESSAGE.message, options: { fileAttachments: '' } },
		});
		expect(asked[SLACK]).toMatchObject({
			channelId: { value: '#incidents' },
			text: '*The report*\n\nAll &lt;b&gt;is&lt;/b&gt; well &amp; $&amp; {done}.',
		});
		expect(said).toEqual([{ mail: 'sent', slack: 'sent', reasons: [] }]);
	});

	it('sends it to others where they are given, with the files that come along', async () => {
		const file = { data: 'MQ==', mimeType: 'text/html', fileName: 'report.html' };
		const json = { ...MESSAGE, to: 'qa@mr-dj.nl', error: 'of the caller, not of the mail' };
		const { asked, said } = await tell({
			items: [{ json, binary: { report: file, list: file } }],
		});
		expect(asked[MAIL]).toMatchObject({
			...{ toEmail: 'qa@mr-dj.nl', options: { fileAttachments: 'report,list' } },
		});
		expect(said).toMatchObject([{ mail: 'sent', slack: 'sent' }]);
	});

	it('sends a test message by hand', async () => {
		const { asked, said } = await tell({ startAt: 'Run by hand', items: [{ json: {} }] });
		expect(asked[MAIL]).toMatchObject({ subject: '[Mister DJ] Proefbericht' });
		expect(asked[SLACK]?.text).toContain('Proefbericht');
		expect(said).toMatchObject([{ mail: 'sent', slack: 'sent' }]);
	});

	it.each<[string, Case, said: IDataObject]>([
		[
			'with the mail server down',
			{ down: [MAIL] },
			{ mail: 'failed', slack: 'sent', reasons: ['Mail: Send a mail is down'] },
		],
		[
			'with Slack down',
			{ down: [SLACK] },
			{ mail: 'sent', slack: 'failed', reasons: ['Slack: Tell Slack is down'] },
		],
		[
			'when the mail server refuses one of the addresses',
			{ answers: { [MAIL]: { messageId: '<1@example>', rejected: ['techlead@mr-dj.nl'] } } },
			{ mail: 'sent', slack: 'sent', reasons: ['Mail: refused for techlead@mr-dj.nl'] },
		],
		[
			'without a mail address, also where others are given',
			{ values: { 'mail.to': '' }, items: [{ json: { ...MESSAGE, to: 'qa@mr-dj.nl' } }] },
			{ mail: 'skipped', slack: 'sent', reasons: ['Mail: there is no mail.to in the settings'] },
		],
		[
			'without a Slack channel',
			{ values: { 'slack.channel': '' } },
			{
				...{ mail: 'sent', slack: 'skipped' },
				reasons: ['Slack: there is no slack.channel in the settings'],
			},
		],
		[
			'with its Slack node deactivated',
			{ deactivated: [SLACK] },
			{ mail: 'sent', slack: 'skipped', reasons: ['Slack: its node is deactivated'] },
		],
		[
			'with its mail node deactivated',
			{ deactivated: [MAIL] },
			{ mail: 'skipped', slack: 'sent', reasons: ['Mail: its node is deactivated'] },
		],
		[
			'not at all where a site has switched off both',
			{ deactivated: [MAIL], values: { 'slack.channel': '' } },
			{
				...{ mail: 'skipped', slack: 'skipped' },
				reasons: [
					'Mail: its node is deactivated',
					'Slack: there is no slack.channel in the settings',
				],
			},
		],
	])('tells %s, and says so', async (_name, given, said) => {
		const { error, asked, said: actual } = await tell(given);
		expect(error).toBeUndefined();
		expect(actual).toEqual([said]);
		expect(Object.keys(asked)).toEqual([
			...(said.mail === 'skipped' ? [] : [MAIL]),
			...(said.slack === 'skipped' ? [] : [SLACK]),
		]);
	});

	it.each<[string, Case, said: string]>([
		[
			'both are down',
			{ down: [MAIL, SLACK] },
			'Mail: Send a mail is down; Slack: Tell Slack is down.',
		],
		[
			'the only one left is down',
			{ deactivated: [MAIL], down: [SLACK] },
			'Mail: its node is deactivated; Slack: Tell Slack is down.',
		],
	])('fails with the reasons when %s', async (_name, given, said) => {
		expect((await tell(given)).error).toBe(`Nobody was told of "The report". ${said}`);
	});

	it.each<[string, IDataObject[], got: string]>([
		['has no subject', [{ message: 'one' }], '1, the first with no subject and a message'],
		[
			'says nothing',
			[{ subject: 'one', message: '' }],
			'1, the first with a subject and no message',
		],
		['is one of two', [MESSAGE, MESSAGE], '2, the first with a subject and a message'],
	])('refuses a message that %s, and sends nothing', async (_name, given, got) => {
		const { error, asked } = await tell({ items: given.map((json) => ({ json })) });
		expect(error).toBe(
			`Nobody was told: "Tell people" takes one item with a subject and a message. It got ${got}.`,
		);
		expect(asked).toEqual({});
	});
});
