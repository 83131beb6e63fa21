import type { IExecuteFunctions } from 'n8n-workflow';
import { RentGuyClient } from '../../core/rentguy/client';
import { readRentGuyServer, RENTGUY_DASHBOARD } from '../shared/credentials';

/** Of the backend of the node's credential; ends with the run. */
export async function dashboardClient(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<RentGuyClient> {
	const server = readRentGuyServer(await context.getCredentials(RENTGUY_DASHBOARD, itemIndex));
	const signal = context.getExecutionCancelSignal();
	return new RentGuyClient(server, { ...(signal && { signal }) });
}
