import { environmentOf, link, type Links } from '../../../cli/install-workflows/link';
import { isPublishable, workflowSchema } from '../../../cli/install-workflows/workflow';

const node = (name: string, type: string, more: object = {}) => ({
	...{ id: name, name, type: 'n8n-nodes-base.any', parameters: {} },
	credentials: { [type]: { id: null, name: type } },
	...more,
});
const workflow = workflowSchema.parse({
	...{ id: 'one', name: 'One', connections: {}, settings: {} },
	nodes: [
		node('Slack', 'slackApi'),
		node('Mail', 'smtp'),
		node('Switched off', 'drRedisServerApi', { disabled: true }),
	],
});
const links = (...without: string[]): Links => ({
	...{ workflows: new Map(), without: new Set(without) },
	...{ credential: () => undefined, hasCredential: () => false },
});

it('misses what active nodes need, and nothing for those that somebody has deactivated', () => {
	const { workflow: linked, missing } = link(workflow, links());
	expect(missing.map(({ type }) => type)).toEqual(['slackApi', 'smtp']);
	expect(linked.nodes.map(({ disabled }) => disabled)).toEqual([undefined, undefined, true]);
});

it('deactivates what needs a credential that is done without, and comes to the same again', () => {
	const first = link(workflow, links('slackApi'));
	expect(first.missing.map(({ type }) => type)).toEqual(['smtp']);
	expect(first.workflow.nodes.map(({ disabled }) => disabled)).toEqual([true, undefined, true]);
	expect(link(first.workflow, links('slackApi')).workflow).toEqual(first.workflow);
	expect(link(first.workflow, links()).missing.map(({ type }) => type)).toEqual(['smtp']);
});

it('has nothing to publish where all that starts it is deactivated', () => {
	const webhook = node('Called', 'httpHeaderAuth', { type: 'n8n-nodes-base.webhook' });
	const called = workflowSchema.parse({ ...workflow, nodes: [webhook, ...workflow.nodes] });
	expect(isPublishable(link(called, links('slackApi')).workflow)).toBe(true);
	expect(isPublishable(link(called, links('httpHeaderAuth')).workflow)).toBe(false);
});

it('deactivates what an environment is for that is done without, and nothing of production', () => {
	const login = (name: string) => ({ credentials: { drPostgresServerApi: { id: null, name } } });
	const drill = workflowSchema.parse({
		...workflow,
		nodes: [
			node('Production', 'drPostgresServerApi', login('Postgres server')),
			node('Staging', 'drPostgresServerApi', login('Postgres (staging)')),
			node('Clone', 'drPostgresServerApi', login('Postgres (clone)')),
		],
	});
	const { workflow: linked, missing } = link(drill, links('staging'));
	expect(missing.map(({ name }) => name)).toEqual(['Postgres server', 'Postgres (clone)']);
	expect(linked.nodes.map(({ disabled }) => disabled)).toEqual([undefined, true, undefined]);
	expect(environmentOf('Postgres (main)')).toBeUndefined();
});
