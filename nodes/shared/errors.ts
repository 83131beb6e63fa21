import { type INode, NodeOperationError } from 'n8n-workflow';
import { CancelledError, DisasterRecoveryError } from '../../core/errors';

/**
 * The one place where errors of `core/` become n8n's. Only message and hint are taken over: causes of
 * drivers and SDKs may carry connection settings, and n8n stores what it is given.
 */
export function toNodeError(node: INode, error: unknown, itemIndex: number): NodeOperationError {
	if (error instanceof NodeOperationError) return error;
	if (error instanceof DisasterRecoveryError) {
		const options = { itemIndex, description: error.hint };
		const mapped = new NodeOperationError(node, error.message, options);
		// By this word in the name n8n tells a run that was stopped from one that failed, which would
		// start the error workflow.
		if (error instanceof CancelledError) mapped.name = 'ExecutionCancelledError';
		return mapped;
	}
	const message = error instanceof Error ? error.message : String(error);
	return new NodeOperationError(node, message, {
		itemIndex,
		description: 'This was not expected. Please report it together with the message above.',
	});
}
