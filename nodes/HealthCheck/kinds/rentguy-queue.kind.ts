import { z } from 'zod';
import { probeRentGuyQueue, RENTGUY_QUEUE } from '../../../core/health/probes/rentguy-queue';
import { readRentGuyServer, RENTGUY_DASHBOARD } from '../../shared/credentials';
import { rentGuyEndpointField } from '../../shared/rentguy-endpoint';
import type { NodeCheckKind } from './kind';
import { parseRow } from './row';

const schema = z.object({ endpoint: z.enum(['dashboard', 'public']).default('dashboard') });

export const rentGuyQueue: NodeCheckKind = {
	option: {
		name: 'RentGuy Queue',
		value: 'rentGuyQueue',
		description: 'Whether the queue of the platform is configured, not paused, and not too long',
	},
	credential: { type: RENTGUY_DASHBOARD, displayName: 'RentGuy Dashboard' },
	defaults: RENTGUY_QUEUE.defaults,
	fields: [rentGuyEndpointField],
	read: async (row, context, itemIndex) => {
		const { endpoint } = parseRow(schema, row);
		const server = readRentGuyServer(await context.getCredentials(RENTGUY_DASHBOARD, itemIndex));
		return {
			kind: RENTGUY_QUEUE,
			target: server.baseUrl,
			defaultName: 'RentGuy queue',
			probe: (signal, timeoutMs) => probeRentGuyQueue({ server, endpoint }, signal, timeoutMs),
		};
	},
};
