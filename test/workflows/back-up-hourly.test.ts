import type { IDataObject } from 'n8n-workflow';

import { createEngine } from '../support/engine-harness';
import { settingsWith } from '../support/settings-with';
import { withoutRetries } from '../support/without-retries';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const { 'back-up-hourly': shipped } = shippedWorkflows() as Record<
	'back-up-hourly',
	ShippedWorkflow
>;
const REDIS = ['Back up Redis', 'Read Redis back'];
const SWITCH = 'https://switch.example/hourly/';

/** Runs it without any credential, so that each part fails at once that is not deactivated. */
async function run(
	options: { url?: string; deactivated?: readonly string[]; unreadable?: string } = {},
) {
	const pings: string[] = [];
	const { url = '', deactivated = [], unreadable } = options;
	const engine = await createEngine({
		library: { drSettings: settingsWith({ 'deadMansSwitch.hourly': url }) },
		outside: (node, { method, url: asked }) => {
			pings.push(`${String(method)} ${String(asked)}`);
			if (node === 'Ping the start') throw new Error('The switch is down');
			return {};
		},
	});
	const workflow = withoutRetries(shipped);
	for (const node of workflow.nodes) {
		if (deactivated.includes(node.name)) node.disabled = true;
		if (node.name === unreadable) node.parameters = { assignments: { assignments: [] } };
	}
	const { status, error, output } = await engine.run(workflow);
	const summary = output('Summarise the run')[0]?.map(({ json }) => json) as IDataObject[];
	return { status, error: error?.message, summary, pings };
}

describe('Back up hourly', () => {
	it('tries every part whatever became of the others, and fails with all reasons', async () => {
		const { status, error, summary, pings } = await run();
		expect(status).toBe('error');
		expect(error).toMatch(
			/^Niet gemaakt of niet goedgekeurd: Postgres \(.+\); Redis \(.+\); RentGuy-wachtrij \(.+\)\. Wel gemaakt en gelezen: geen\.$/,
		);
		expect(summary).toMatchObject([
			{
				...{ succeeded: false, made: [], targetMinutes: 60 },
				backups: [
					{ component: 'Postgres', outcome: 'failed', verified: 'no', recoveryPointMinutes: null },
					{ component: 'Redis', outcome: 'failed', verified: 'no', backupId: '' },
					{ component: 'RentGuy-wachtrij', outcome: 'failed', verified: 'no', warnings: [] },
				],
			},
		]);
		expect(pings).toEqual([]);
	});

	it("tells the dead man's switch of start and failure, even when it did not hear the first", async () => {
		const { status, pings } = await run({ url: SWITCH });
		expect(status).toBe('error');
		expect(pings).toEqual([
			'POST https://switch.example/hourly/start',
			'POST https://switch.example/hourly/fail',
		]);
	});

	it('never takes a part that is deactivated for made', async () => {
		const { summary, error } = await run({ deactivated: REDIS });
		expect(summary).toMatchObject([
			{ made: [], backups: [{}, { component: 'Redis', outcome: 'skipped', verified: 'no' }, {}] },
		]);
		expect(error).not.toContain('Redis (');
	});

	it('takes a part of which nothing is known for failed', async () => {
		const { summary, error } = await run({ unreadable: 'Note how Redis went' });
		expect(summary).toMatchObject([{ succeeded: false, made: [] }]);
		expect(error).toMatch(/Postgres \(.+\); undefined \(undefined\); RentGuy/);
	});
});
