import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import type { RedisServer } from '../../core/redis/server';
import { readRedisServer, REDIS_SERVER } from '../shared/credentials';

/** What a person chose among `queueOptions`; all of it may be missing. */
export interface QueueOptions {
	database?: number;
	deadLetterQueue?: string;
	keyPrefix?: string;
}

/**
 * Where a queue is in Redis; parts of a collection of options.
 *
 * @param keyPrefix what the key prefix is, and what an empty one stands for
 */
export function queueOptions(keyPrefix: string): Record<keyof QueueOptions, INodeProperties> {
	return {
		database: {
			displayName: 'Database',
			name: 'database',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 0,
			description: 'Number of the database in Redis, where it is not that of the credential',
		},
		deadLetterQueue: {
			displayName: 'Dead Letter Queue',
			name: 'deadLetterQueue',
			type: 'string',
			default: '',
			placeholder: 'e.g. rentguy-sync:dead',
			description:
				'Name of the queue for jobs that were given up. Empty stands for the name of the queue followed by ":dead".',
		},
		keyPrefix: {
			displayName: 'Key Prefix',
			name: 'keyPrefix',
			type: 'string',
			default: '',
			placeholder: 'e.g. bull:mr-dj',
			description: keyPrefix,
		},
	};
}

/** Where the queue is, as far as somebody has said so. */
export function readQueueOptions({ deadLetterQueue = '', keyPrefix = '' }: QueueOptions) {
	return {
		...(deadLetterQueue.trim() !== '' && { deadLetterQueue: deadLetterQueue.trim() }),
		...(keyPrefix.trim() !== '' && { prefix: keyPrefix.trim().replace(/:$/, '') }),
	};
}

/** The server of the node's credential, at the database that somebody chose instead of its own. */
export async function queueServer(
	context: IExecuteFunctions,
	itemIndex: number,
	{ database }: QueueOptions,
): Promise<RedisServer> {
	const server = readRedisServer(await context.getCredentials(REDIS_SERVER, itemIndex));
	return { ...server, ...(database !== undefined && { database }) };
}
