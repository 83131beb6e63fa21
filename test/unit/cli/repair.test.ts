import { repair } from '../../../cli/install-workflows/repair';
import { workflowSchema } from '../../../cli/install-workflows/workflow';

const calling = (id: string, value: string) => ({
	...{ id, name: id, type: 'n8n-nodes-base.executeWorkflow' },
	parameters: { workflowId: { __rl: true, mode: 'id', value }, mode: 'once' },
});
const lookingUp = (id: string, value: string) => ({
	...{ id, name: id, type: 'n8n-nodes-base.n8n' },
	parameters: { filters: { workflowId: { __rl: true, mode: 'id', value }, status: 'success' } },
});
const workflow = (errorWorkflow: string, ...nodes: object[]) =>
	workflowSchema.parse({
		id: 'one',
		name: 'One',
		connections: {},
		settings: { errorWorkflow },
		nodes,
	});

const shipped = workflow('drReport', calling('tell', 'drTell'), lookingUp('look', 'drHourly'));
const exists = (id: string) => id.startsWith('here');

it('puts references of the package in the place of those that lead nowhere', () => {
	const gone = workflow('gone', calling('tell', 'gone'), lookingUp('look', 'gone'));
	expect(repair(gone, shipped, exists)).toEqual(shipped);
});

it('leaves what leads somewhere, and what somebody has added', () => {
	const there = workflow(
		'here',
		...[calling('tell', 'here'), lookingUp('look', 'here too'), calling('their own', 'gone')],
	);
	expect(repair(there, shipped, exists)).toEqual(there);
});
