import { differencesBetween } from '../../../core/n8n/compare-workflows';
import type { ExportedWorkflow } from '../../../core/n8n/export-format';
import { marked } from '../../../core/n8n/throw-away';

const node = (changes: object = {}) => ({
	...{ id: 'n-1', name: 'Ask', type: 'n8n-nodes-base.httpRequest', position: [0, 0] },
	...{ parameters: { url: 'https://example.com' }, ...changes },
});

const workflow = (changes: Partial<ExportedWorkflow> = {}): ExportedWorkflow => ({
	...{ name: 'Ask', nodes: [node()], connections: {}, settings: { executionOrder: 'v1' } },
	...changes,
});

const came = (changes: Partial<ExportedWorkflow> = {}) =>
	marked(workflow(changes), 'n8n-export-20261122170000');

describe('workflows that came in', () => {
	it('are the same, but for the mark of the test', () => {
		expect(differencesBetween([workflow()], [came()])).toEqual([]);
		expect(differencesBetween([], [])).toEqual([]);
	});

	it.each<[string, Partial<ExportedWorkflow>]>([
		['nodes', { nodes: [node({ parameters: { url: 'https://example.org' } })] }],
		['nodes', { nodes: [node(), node({ id: 'n-2', name: 'More' })] }],
		['nodes', { nodes: [node({ disabled: true })] }],
		['nodes', { nodes: [node({ credentials: { slackApi: { id: null, name: 'Slack' } } })] }],
		['connections', { connections: { Ask: { main: [[]] } } }],
		['settings', { settings: { executionOrder: 'v0' } }],
		['settings', { settings: { executionOrder: 'v1', executionTimeout: 60 } }],
		['pinData', { pinData: { Ask: [] } }],
		['nodeGroups', { nodeGroups: [{ id: 'g' }] }],
		['nodes, settings', { nodes: [], settings: {} }],
	])('differ in %s', (parts, changes) => {
		expect(differencesBetween([workflow()], [came(changes)])).toEqual([
			`The workflow "Ask" has come in with other ${parts}.`,
		]);
	});

	it.each<[string, Partial<ExportedWorkflow>, Partial<ExportedWorkflow>]>([
		[
			'ids of credentials',
			{ nodes: [node({ credentials: { slackApi: { id: '7', name: 'Slack' } } })] },
			{ nodes: [node({ credentials: { slackApi: { id: null, name: 'Slack' } } })] },
		],
		['an address of a webhook that had none', {}, { nodes: [node({ webhookId: 'w-1' })] }],
		[
			'what hangs on a licence',
			{ settings: { executionOrder: 'v1', redactionPolicy: 'all' } },
			{ settings: { executionOrder: 'v1', availableInMCP: true } },
		],
		[
			'time limits, which n8n drops where they are its own',
			{ settings: { executionOrder: 'v1', executionTimeout: -1 } },
			{ settings: { executionOrder: 'v1' } },
		],
	])('may have other %s', (_what, before, after) => {
		expect(differencesBetween([workflow(before)], [came(after)])).toEqual([]);
	});

	it('have the address of a webhook that had one', () => {
		const one = { nodes: [node({ webhookId: 'w-1' })] };
		const other = { nodes: [node({ webhookId: 'w-2' })] };
		expect(differencesBetween([workflow(one)], [came(one)])).toEqual([]);
		for (const wrong of [other, {}]) {
			expect(differencesBetween([workflow(one)], [came(wrong)])).toHaveLength(1);
		}
	});

	it('are counted, also where several have one name', () => {
		const second = { settings: { executionOrder: 'v0' } };
		const both = [workflow(), workflow(second)];
		expect(differencesBetween(both, [came(second), came()])).toEqual([]);
		expect(differencesBetween(both, [came()])).toEqual(['The workflow "Ask" is missing.']);
		expect(differencesBetween([workflow()], [came(), came({ name: 'New' })])).toEqual([
			'The workflow "New" is one too many.',
		]);
	});
});
