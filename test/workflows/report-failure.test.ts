import { createEngine } from '../support/engine-harness';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const [file] = [shippedWorkflows()['report-failure']];

describe('Report a failed run', () => {
	it('writes a message that names the workflow, the reason and the place to look', async () => {
		if (!file) throw new Error('The workflow is not shipped.');
		const engine = await createEngine();
		const json = {
			execution: {
				id: '231',
				url: 'https://n8n.example/execution/231',
				error: { message: 'The database refused the password' },
				lastNodeExecuted: 'Back up the database',
				mode: 'trigger',
			},
			workflow: { id: 'drBackUpPostgres', name: 'Back up Postgres' },
		};
		const { status, error, output } = await engine.run(file, {
			startAt: 'When a run fails',
			items: [{ json }],
			mode: 'error',
		});
		expect({ status, error }).toEqual({ status: 'success', error: undefined });
		const text = JSON.stringify(output('Put your alert here'));
		for (const part of ['Back up Postgres', 'refused the password', '/execution/231']) {
			expect(text).toContain(part);
		}
	});
});
