import type { INode, INodeParameters } from 'n8n-workflow';

import { createEngine, type WorkflowFile } from '../support/engine-harness';

const node = (name: string, type: string, parameters: INodeParameters = {}): INode => ({
	...{ id: name, name, parameters, position: [0, 0] },
	...{ type: `n8n-nodes-base.${type}`, typeVersion: { set: 3.5, if: 2.3 }[type] ?? 1 },
});

const to = (name: string) => [{ node: name, type: 'main' as const, index: 0 }];

const isLarge = {
	options: { version: 2, caseSensitive: true, leftValue: '', typeValidation: 'strict' },
	combinator: 'and',
	conditions: [
		{
			id: '1',
			leftValue: '={{ $json.double }}',
			rightValue: 10,
			operator: { type: 'number', operation: 'gt' },
		},
	],
};

const workflow: WorkflowFile = {
	id: 'sorting',
	name: 'Sort numbers',
	settings: { executionOrder: 'v1' },
	nodes: [
		node('Start', 'manualTrigger'),
		node('Double', 'set', {
			includeOtherFields: true,
			assignments: {
				assignments: [
					{ id: '1', name: 'double', value: '={{ $json.number * 2 }}', type: 'number' },
				],
			},
		}),
		node('Large', 'if', { conditions: isLarge }),
		node('Refuse', 'stopAndError', { errorMessage: "={{ $('Start').item.json.number }} is small" }),
		node('Keep', 'noOp'),
	],
	connections: {
		Start: { main: [to('Double')] },
		Double: { main: [to('Large')] },
		Large: { main: [to('Keep'), to('Refuse')] },
	},
};

describe('the engine in process', () => {
	it('runs expressions, conditions and branches as n8n does', async () => {
		const engine = await createEngine();
		const result = await engine.run(workflow, { items: [{ json: { number: 9 } }] });
		expect(result.status).toBe('success');
		expect(result.output('Keep')).toEqual([
			[expect.objectContaining({ json: { number: 9, double: 18 } })],
		]);
		expect(result.output('Refuse')).toEqual([]);
	});

	it('gives the error that ended a run', async () => {
		const engine = await createEngine();
		const result = await engine.run(workflow, { items: [{ json: { number: 3 } }] });
		expect(result.status).toBe('error');
		expect(result.error?.message).toBe('3 is small');
	});

	it('has no node that was not looked at', async () => {
		const engine = await createEngine();
		const strange = { ...workflow, nodes: [node('Start', 'executeCommand')], connections: {} };
		await expect(engine.run(strange, { startAt: 'Start' })).rejects.toThrow(
			/no node "n8n-nodes-base.executeCommand"/,
		);
	});
});
