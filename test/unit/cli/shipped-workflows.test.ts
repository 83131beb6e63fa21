import { inOrder } from '../../../cli/install-workflows/shipped-workflows';
import { workflowSchema } from '../../../cli/install-workflows/workflow';

const workflow = (
	id: string,
	{ handler, calls = [] }: { handler?: string; calls?: string[] } = {},
) =>
	workflowSchema.parse({
		...{ id, name: id, connections: {}, settings: handler ? { errorWorkflow: handler } : {} },
		nodes: calls.map((called) => ({
			...{ id: called, name: called, type: 'n8n-nodes-base.executeWorkflow' },
			parameters: { workflowId: { __rl: true, mode: 'id', value: called } },
		})),
	});
const ids = (workflows: { id: string }[]) => workflows.map(({ id }) => id);

it('puts each workflow after those that it refers to', () => {
	const parent = workflow('parent', { handler: 'errors', calls: ['child', 'elsewhere'] });
	const child = workflow('child', { handler: 'errors', calls: ['settings'] });
	const errors = workflow('errors', { handler: 'errors', calls: ['settings'] });
	expect(ids(inOrder([parent, child, errors, workflow('settings')]))).toEqual([
		...['settings', 'errors', 'child', 'parent'],
	]);
});

it('refuses a circle, which no order can serve', () => {
	const circle = [workflow('one', { calls: ['two'] }), workflow('two', { calls: ['one'] })];
	expect(() => inOrder(circle)).toThrow('The workflow one refers to itself, by way of others.');
});
