import { withNewIds } from '../../../core/n8n/references';

const ids = new Map([
	['old', 'new'],
	['table', 'table2'],
]);
const chosen = (value: string) => ({ __rl: true, mode: 'list', value, cachedResultName: 'Name' });

test('every reference to a workflow or a data table follows to its new id, and nothing else changes', () => {
	const workflow = {
		name: 'old',
		nodes: [
			{ id: 'old', parameters: { workflowId: chosen('old'), text: 'old' } },
			{ parameters: { workflowId: 'old', deep: [{ dataTableId: chosen('table') }] } },
			{ parameters: { workflowId: { ...chosen('old'), cachedResultUrl: '/workflow/old' } } },
			{ parameters: { workflowId: chosen('other') } },
			{ name: 'without parameters' },
		],
		settings: { errorWorkflow: 'old', callerIds: 'old,other', timezone: 'old' },
	};
	expect(withNewIds(workflow, ids)).toEqual({
		name: 'old',
		nodes: [
			{ id: 'old', parameters: { workflowId: chosen('new'), text: 'old' } },
			{ parameters: { workflowId: 'new', deep: [{ dataTableId: chosen('table2') }] } },
			{ parameters: { workflowId: chosen('new') } },
			{ parameters: { workflowId: chosen('other') } },
			{ name: 'without parameters' },
		],
		settings: { errorWorkflow: 'new', callerIds: 'new, other', timezone: 'old' },
	});
});
