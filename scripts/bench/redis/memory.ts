import { measureGrowth, type MemoryGrowth, type MemoryOptions, type Peaks } from '../memory';
import { type RedisOperation, runRedis } from './operation';
import { type RedisStand, setRedisStand } from './stand';

/** How the peak memory of the whole process grows with the size of the RDB file. */
export async function measureRedisMemory(options: MemoryOptions): Promise<MemoryGrowth[]> {
	return await measureGrowth(peaksAt, options);
}

async function peaksAt(megabytes: number, { signal, onRun }: MemoryOptions): Promise<Peaks> {
	const stand = await setRedisStand(megabytes, signal);
	const peaks: Peaks = new Map();
	try {
		for (const [key, operation] of Object.entries(operationsOn(stand))) {
			onRun?.(megabytes, key);
			const { cost } = await runRedis(operation, signal);
			peaks.set(key, cost.peakRssBytes);
			await stand.tidy();
		}
	} finally {
		await stand.clear();
	}
	return peaks;
}

function operationsOn({ source, target, disk, kept }: RedisStand): Record<string, RedisOperation> {
	const create = { kind: 'create', server: source.server(), repository: disk } as const;
	const restore = { kind: 'restore', server: target.server(), ...kept.replication } as const;
	return {
		'redis.create.replication': { ...create, method: 'replication' },
		'redis.create.commands': { ...create, method: 'commands' },
		'redis.restore.replication.swap': { ...restore, method: 'replication', mode: 'swap' },
		'redis.restore.replication.disk': { ...restore, method: 'replication', mode: 'disk' },
		'redis.restore.commands': { ...restore, method: 'commands', mode: 'disk' },
	};
}
