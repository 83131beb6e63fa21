/**
 * The nodes of n8n itself that shipped workflows may use, each with the version that n8n 2.40 gives
 * a newly placed one. `n8n-nodes-base` is no dependency of this package; and a node that is not
 * listed is either retired, excluded by default or has not been looked at.
 */
export const CORE_NODE_VERSIONS: Readonly<Record<string, number>> = {
	'n8n-nodes-base.aggregate': 1,
	'n8n-nodes-base.code': 2,
	'n8n-nodes-base.convertToFile': 1.1,
	'n8n-nodes-base.dataTable': 1.1,
	'n8n-nodes-base.dateTime': 2,
	'n8n-nodes-base.emailSend': 2.1,
	'n8n-nodes-base.errorTrigger': 1,
	'n8n-nodes-base.executeWorkflow': 1.3,
	'n8n-nodes-base.executeWorkflowTrigger': 1.2,
	'n8n-nodes-base.extractFromFile': 1.1,
	'n8n-nodes-base.filter': 2.3,
	'n8n-nodes-base.form': 2.5,
	'n8n-nodes-base.formTrigger': 2.6,
	'n8n-nodes-base.httpRequest': 4.5,
	'n8n-nodes-base.if': 2.3,
	'n8n-nodes-base.jwt': 1,
	'n8n-nodes-base.limit': 1,
	'n8n-nodes-base.manualTrigger': 1,
	'n8n-nodes-base.merge': 3.2,
	'n8n-nodes-base.n8n': 1,
	'n8n-nodes-base.noOp': 1,
	'n8n-nodes-base.scheduleTrigger': 1.4,
	'n8n-nodes-base.set': 3.5,
	'n8n-nodes-base.slack': 2.7,
	'n8n-nodes-base.sort': 1,
	'n8n-nodes-base.splitInBatches': 3,
	'n8n-nodes-base.splitOut': 1,
	'n8n-nodes-base.stickyNote': 1,
	'n8n-nodes-base.stopAndError': 1,
	'n8n-nodes-base.switch': 3.4,
	'n8n-nodes-base.wait': 1.1,
	'n8n-nodes-base.webhook': 2.1,
};
