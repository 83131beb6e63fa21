import { z } from 'zod';
import { probeRedis, REDIS } from '../../../core/health/probes/redis';
import { readRedisServer, REDIS_SERVER } from '../../shared/credentials';
import type { NodeCheckKind } from './kind';
import { parseRow } from './row';

const schema = z.object({ heal: z.boolean().default(false) });

export const redis: NodeCheckKind = {
	option: {
		name: 'Redis',
		value: 'redis',
		description: 'Whether it answers, can write to its disk, has memory left and takes writes',
	},
	credential: { type: REDIS_SERVER, displayName: 'Redis Server' },
	defaults: REDIS.defaults,
	fields: [
		{
			displayName: 'Heal a Stuck Replica',
			name: 'heal',
			type: 'boolean',
			default: false,
			description:
				'Whether to make a server a master again that an interrupted Restore Snapshot has left as a replica. Replicas of others are left alone.',
		},
	],
	read: async (row, context, itemIndex) => {
		const { heal } = parseRow(schema, row);
		const server = readRedisServer(await context.getCredentials(REDIS_SERVER, itemIndex));
		const address = `${server.host}:${server.port}`;
		return {
			kind: REDIS,
			target: `redis://${address}`,
			defaultName: `Redis ${server.host}`,
			probe: (signal) => probeRedis({ server, heal }, signal),
		};
	},
};
