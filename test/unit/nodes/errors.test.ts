import { NodeOperationError, type INode } from 'n8n-workflow';
import { CancelledError, ConnectionError } from '../../../core/errors';
import { toNodeError } from '../../../nodes/shared/errors';

const node: INode = {
	id: '1',
	name: 'Back up',
	type: 'n8n-nodes-disaster-recovery.postgresDump',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

describe('errors on the canvas', () => {
	it('show what happened, what to do, and at which item', () => {
		const error = toNodeError(node, new ConnectionError('No answer.', { hint: 'Look.' }), 3);
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error.message).toBe('No answer.');
		expect(error.description).toBe('Look.');
		expect(error.context.itemIndex).toBe(3);
	});

	it('carry nothing of a cause, which may hold a secret', () => {
		const cause = Object.assign(new Error('raw'), { config: { password: 'hunter2' } });
		const error = toNodeError(node, new ConnectionError('No.', { hint: 'Look.', cause }), 0);
		expect(JSON.stringify(error)).not.toContain('hunter2');
		expect(String(error.stack)).not.toContain('hunter2');
	});

	it('of a stopped run are named so that n8n does not take it for a failed one', () => {
		const error = toNodeError(node, new CancelledError('Stopped.', { hint: 'Run again.' }), 0);
		expect(error.name).toContain('Cancelled');
	});

	it('of n8n itself pass as they are', () => {
		const error = new NodeOperationError(node, 'Parameter missing');
		expect(toNodeError(node, error, 0)).toBe(error);
	});
});
