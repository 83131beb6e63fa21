import type { Measurement, Task } from '../rounds';
import { runRedis } from './operation';
import type { RedisStand } from './stand';

const redisCli: Task<RedisStand> = {
	key: 'redis-cli --rdb',
	run: (stand, signal) => stand.plainSnapshot(signal),
};

const pipelinedRestore: Task<RedisStand> = {
	key: 'pipelined RESTORE (ioredis)',
	isComparedAlone: true,
	run: ({ target, kept }, signal) =>
		runRedis({ kind: 'pipeline', server: target.server(), ...kept.commands }, signal),
};

/** Every measurement of Redis, in the order of the output. */
export const REDIS_MEASUREMENTS: readonly Measurement<RedisStand>[] = [
	{
		...{ key: 'redis.wire', goal: 1.15, baseline: redisCli, isComparedAlone: true },
		run: ({ source }, signal) => runRedis({ kind: 'wire', server: source.server() }, signal),
	},
	create('redis.create', 'replication'),
	{ ...create('redis.create.commands', 'commands'), isDetail: true },
	{ ...byReplication('redis.restore.replication', 'auto'), goal: 0.5 },
	{ ...byReplication('redis.restore.swap', 'swap'), isDetail: true },
	{
		...{ key: 'redis.restore.commands', baseline: pipelinedRestore },
		...{ isComparedAlone: true, isDetail: true },
		run: ({ target, kept }, signal) =>
			runRedis(
				{
					...{ kind: 'restore', method: 'commands', mode: 'auto' },
					...{ server: target.server(), ...kept.replication },
				},
				signal,
			),
	},
];

function create(key: string, method: 'replication' | 'commands'): Measurement<RedisStand> {
	return {
		...{ key, baseline: redisCli },
		run: ({ source, disk: repository }, signal) =>
			runRedis({ kind: 'create', server: source.server(), repository, method }, signal),
	};
}

function byReplication(key: string, mode: 'auto' | 'swap'): Measurement<RedisStand> {
	return {
		...{ key, baseline: pipelinedRestore, isComparedAlone: true },
		run: ({ target, kept }, signal) =>
			runRedis(
				{
					...{ kind: 'restore', method: 'replication', mode },
					...{ server: target.server(), ...kept.replication },
				},
				signal,
			),
	};
}
