import { once } from 'node:events';
import type { IDataObject, INode, INodeParameters } from 'n8n-workflow';

import { answering, startWebServer, type WebServer } from '../integration/health/web-server';
import { createEngine, type Engine, type WorkflowFile } from '../support/engine-harness';
import { freePort } from '../support/free-port';

const to = (name: string) => [{ node: name, type: 'main' as const, index: 0 }];

const noOp = (name: string): INode => ({
	...{ id: name, name, parameters: {}, position: [0, 0] },
	...{ type: 'n8n-nodes-base.noOp', typeVersion: 1 },
});

/** A manual trigger and the node, with something on each of its outputs. */
function workflowOf(parameters: INodeParameters, settings: Partial<INode> = {}): WorkflowFile {
	return {
		id: 'health',
		name: 'Check health',
		settings: { executionOrder: 'v1' },
		nodes: [
			{ ...noOp('Start'), type: 'n8n-nodes-base.manualTrigger' },
			{
				...noOp('Check'),
				...{ type: 'n8n-nodes-disaster-recovery.healthCheck', parameters },
				...settings,
			},
			...['Well', 'Ill', 'Wrong'].map(noOp),
		],
		connections: {
			Start: { main: [to('Check')] },
			Check: { main: [to('Well'), to('Ill'), to('Wrong')] },
		},
	};
}

const checkOnce = (...check: INodeParameters[]): INodeParameters => ({
	...{ operation: 'checkOnce', checks: { check }, options: { retries: 0 } },
});

let engine: Engine;
let server: WebServer;

beforeAll(async () => {
	engine = await createEngine();
	server = await startWebServer(
		answering({
			'/up': (_request, response) => response.end('{"status":"ok"}'),
			'/down': (_request, response) => response.writeHead(503).end(),
			'/hangs': () => undefined,
		}),
	);
});

afterAll(() => server.close());

async function run(workflow: WorkflowFile, items: IDataObject[] = [{}]) {
	const result = await engine.run(workflow, { items: items.map((json) => ({ json })) });
	const at = (name: string) => (result.output(name)[0] ?? []).map(({ json }) => json);
	return { ...result, well: at('Well'), ill: at('Ill'), wrong: at('Wrong') };
}

describe('Health Check', () => {
	it('needs no more than a URL', async () => {
		const { status, well, ill } = await run(
			workflowOf(checkOnce({ url: `${server.url}/up?key=1` })),
		);
		expect(status).toBe('success');
		expect(ill).toEqual([]);
		const name = `127.0.0.1 ${server.port}:responseTime`;
		expect(well).toMatchObject([
			{
				status: 'pass',
				checks: { [name]: [{ status: 'pass', affectedEndpoints: [`${server.url}/up`] }] },
			},
		]);
	});

	it('sorts each item by what was seen for it', async () => {
		const { well, ill } = await run(
			workflowOf(checkOnce({ url: `=${server.url}/{{ $json.path }}`, name: 'Page' })),
			[{ path: 'up' }, { path: 'down' }, { path: 'up' }],
		);
		expect(well).toHaveLength(2);
		expect(ill).toMatchObject([
			{
				status: 'fail',
				output: expect.stringContaining('Page: HTTP 503'),
				checks: {
					'Page:responseTime': [
						{
							status: 'fail',
							conditions: [
								{ expected: '[STATUS] < 400', seen: '503', met: false, otherwise: 'fail' },
								{ expected: '[HEALTH] != fail', seen: 'unknown', met: true },
								{ expected: '[HEALTH] != warn', seen: 'unknown', met: true },
							],
						},
					],
				},
			},
		]);
	});

	it.each(['continueRegularOutput', 'continueErrorOutput', 'stopWorkflow'] as const)(
		'takes an unhealthy target for data with %s',
		async (onError) => {
			const port = await freePort();
			const down = { kind: 'tcp', host: '127.0.0.1', port };
			const { status, well, ill, wrong } = await run(workflowOf(checkOnce(down), { onError }));
			expect(status).toBe('success');
			expect([well, wrong]).toEqual([[], []]);
			expect(ill).toMatchObject([
				{ status: 'fail', output: expect.stringContaining('refused the connection') },
			]);
		},
	);

	const misspelt = checkOnce(
		{ url: 'http://127.0.0.1:1' },
		{ url: 'http://127.0.0.1:1', name: 'API', failUnless: '[STATUS] < 400\n[STATU] == 200' },
	);

	it('refuses a condition before anything is checked', async () => {
		const { status, error } = await run(workflowOf(misspelt));
		expect(status).toBe('error');
		expect(error?.message).toBe(
			'A condition of the check "API" cannot be used: this kind of check has no [STATU] (Fail Unless, line 2, column 1). Nothing was checked.',
		);
		expect(error).toMatchObject({ description: expect.stringContaining('[STATUS]') });
	});

	it('never takes what could not be checked for healthy', async () => {
		const regular = await run(workflowOf(misspelt, { onError: 'continueRegularOutput' }));
		expect(regular.well).toEqual([]);
		expect(regular.ill).toMatchObject([{ error: expect.stringContaining('[STATU]') }]);
		const branch = await run(workflowOf(misspelt, { onError: 'continueErrorOutput' }));
		expect([branch.well, branch.ill]).toEqual([[], []]);
		expect(branch.wrong).toMatchObject([{ error: expect.stringContaining('[STATU]') }]);
	});

	it('says that there is nothing to check', async () => {
		const { error } = await run(workflowOf({ operation: 'checkOnce' }));
		expect(error?.message).toBe('There is nothing to check.');
	});

	it('waits until all is healthy', async () => {
		const { well } = await run(
			workflowOf({
				...{ operation: 'waitUntilHealthy', deadlineMinutes: 1, stableRounds: 2 },
				checks: { check: [{ url: `${server.url}/up` }] },
				options: { intervalSeconds: 1 },
			}),
		);
		expect(well).toMatchObject([
			{ status: 'pass', rounds: 2, stableRounds: 2, healthySince: expect.any(String) },
		]);
	});

	it('ends at once when the run is stopped', async () => {
		const hanging = await startWebServer(() => undefined);
		try {
			const arrived = once(hanging.server, 'request');
			const stop = new AbortController();
			const workflow = workflowOf({
				...{ operation: 'waitUntilHealthy', deadlineMinutes: 60, stableRounds: 2 },
				checks: { check: [{ url: hanging.url, timeoutSeconds: 3_000 }] },
			});
			const running = engine.run(workflow, { signal: stop.signal });
			await arrived;
			stop.abort();
			const { status, output } = await running;
			expect(status).toBe('canceled');
			expect(output('Ill')).toEqual([]);
		} finally {
			await hanging.close();
		}
	});
});
