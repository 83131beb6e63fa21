import { RestoreError } from '../../errors';

/** The connection was lost at the very end: the server may have committed what was restored, or not. */
export class CommitUnknownError extends RestoreError {
	constructor(cause?: unknown) {
		super('The connection to the server was lost while it committed what was restored.', {
			hint: 'Check the server and the network, then start again.',
			cause,
		});
	}
}
