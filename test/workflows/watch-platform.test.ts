import type { IDataObject } from 'n8n-workflow';

import { createEngine } from '../support/engine-harness';
import { settingsWith, type SettingsValues } from '../support/settings-with';
import { withoutRetries } from '../support/without-retries';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const MINUTE_MS = 60_000;
const LOOK_UPS = ['Look up the hourly backup', 'Look up the managed env', 'Look up the pruning'];

const { 'watch-platform': shipped, 'tell-people': tellPeople } = shippedWorkflows() as Record<
	'watch-platform' | 'tell-people',
	ShippedWorkflow
>;

interface Case {
	/** Minutes since the newest run of each that succeeded; never without, `down` where n8n answers nothing. */
	lastRuns?: readonly (number | undefined | 'down')[];
	values?: SettingsValues;
	deactivated?: readonly string[];
	/** Whether the row of the state lets this run tell. */
	isNews?: boolean;
}

/** With every check of the platform left out, so that only what n8n has not run can fail. */
async function watch({ lastRuns = [1, 1, 1], values = {}, ...given }: Case = {}) {
	const asked: Record<string, IDataObject> = {};
	const engine = await createEngine({
		library: { drSettings: settingsWith(values), drTellPeople: withoutRetries(tellPeople) },
		outside: (node, parameters) => {
			asked[node] = parameters;
			if (node === 'Send a mail') return { messageId: '<1@example>' };
			if (node === 'Tell Slack') return { ok: true };
			if (node === 'Have a table for the state') return { id: 'table' };
			const last = lastRuns[LOOK_UPS.indexOf(node)];
			if (last === 'down') throw new Error('The connection was refused');
			return last === undefined ? {} : { id: '1', startedAt: minutesAgo(last) };
		},
	});
	const workflow = withoutRetries(shipped);
	for (const node of workflow.nodes) {
		if (given.deactivated?.includes(node.name)) node.disabled = true;
		if (node.name === 'Check the platform') {
			node.type = 'n8n-nodes-base.set';
			node.parameters = {
				assignments: { assignments: [{ id: '1', name: 'notes', value: [], type: 'array' }] },
			};
		}
		if (node.name === 'Go on if this is news' && !(given.isNews ?? true)) {
			node.type = 'n8n-nodes-base.if';
			node.parameters = { conditions: false };
		}
	}
	const { error, output } = await engine.run(workflow);
	if (error) throw error;
	const failing = output('Name what fails')[0]?.[0]?.json['failing'];
	return { failing, asked, mail: asked['Send a mail'] };
}

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS).toISOString();

describe('Watch platform', () => {
	it('says what has not run for too long, in whose hands it is and what to do first', async () => {
		const { failing, mail, asked } = await watch({ lastRuns: [76, 14, undefined] });
		expect(failing).toBe('Back up hourly, Prune and report');
		expect(mail).toMatchObject({
			...{ subject: '[Mister DJ] Niet in orde: Back up hourly, Prune and report' },
			toEmail: 'ops@mr-dj.nl, techlead@mr-dj.nl',
		});
		for (const part of [
			/^Back up hourly: geen geslaagde .* 75 minuten \(laatste: \d\d-\d\d-\d{4} \d\d:\d\d\)/m,
			/^Prune and report: geen geslaagde .* 1500 minuten \(laatste: nog nooit\)/m,
			/RentGuy support <support@rentguy\.app>/,
			/Eerst doen: .*Tech lead/,
		]) {
			expect(mail?.text).toMatch(part);
		}
		expect(mail?.text).not.toMatch(/undefined|\{/);
		expect(asked['Remember what was told']).toMatchObject({
			columns: { value: { told: failing, tellingUntil: 0 } },
		});
	});

	it('says so when n8n does not answer', async () => {
		const { failing, mail } = await watch({ lastRuns: ['down', 1, 1] });
		expect(failing).toBe('Back up hourly');
		expect(mail?.text).toContain('(The connection was refused)');
	});

	it.each<[string, Case]>([
		['everything has run in time', {}],
		['nobody asks n8n', { deactivated: LOOK_UPS, lastRuns: [] }],
		[
			'a site expects no run',
			{
				lastRuns: [undefined, 'down', 9_999],
				values: {
					'runs.backUpHourlyMinutes': 0,
					'runs.backUpManagedEnvMinutes': 0,
					'runs.pruneAndReportMinutes': 0,
				},
			},
		],
	])('finds nothing when %s', async (_name, given) => {
		const { failing, mail } = await watch(given);
		expect(failing).toBe('');
		expect(mail?.subject).toBe('[Mister DJ] Weer in orde');
		expect(mail?.text).not.toMatch(/undefined|\{/);
	});

	it('tells nobody of what is no news', async () => {
		const { asked } = await watch({ lastRuns: [99, 1, 1], isNews: false });
		expect(Object.keys(asked)).not.toContain('Send a mail');
		expect(Object.keys(asked)).not.toContain('Remember what was told');
	});
});
