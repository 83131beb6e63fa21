import type { Redis } from 'ioredis';
import { ConnectionError, DisasterRecoveryError } from '../../errors';
import { errorMessage } from '../../network/connection-errors';
import { isForbidden, replyCode } from '../../redis/command-errors';
import { connect } from '../../redis/connection';
import { commandName, type RedisServer } from '../../redis/server';
import { ServerInfo } from '../../redis/server-info';
import { Absent, type Observation } from '../observation';
import type { CheckKind } from '../vocabulary';
import { lookForStuckReplica, STUCK, type StuckHealth } from './redis/stuck';

export const REDIS: CheckKind = {
	vocabulary: {
		CONNECTED: 'boolean',
		HEALED: 'boolean',
		KEYS: 'number',
		LOADING: 'boolean',
		MEMORY_PERCENT: 'number',
		PERSISTENCE_ERRORS: 'number',
		RESPONSE_TIME: 'duration',
		ROLE: 'text',
		STUCK_REPLICA: STUCK,
	},
	defaults: {
		fail: ['[LOADING] == false', '[PERSISTENCE_ERRORS] == 0', '[STUCK_REPLICA] != yes'],
		warn: ['[MEMORY_PERCENT] < 90', '[HEALED] == false'],
	},
	measurement: { name: 'responseTime', placeholder: 'RESPONSE_TIME', unit: 'ms' },
	componentType: 'datastore',
};

export interface RedisTarget {
	readonly server: RedisServer;
	/** Whether to make a server a master again that a restore of this package has left as a replica. */
	readonly heal: boolean;
}

/** What the server says of its last attempts to write to its disk. */
const WRITES: Readonly<Record<string, string>> = {
	rdb_last_bgsave_status: 'the last snapshot to disk failed',
	aof_last_write_status: 'the last write to the append-only file failed',
	aof_last_bgrewrite_status: 'the last rewrite of the append-only file failed',
};

/** Logs in, sends a PING and asks how the server is. Rejects with `ConnectionError`. */
export async function probeRedis(
	{ server, heal }: RedisTarget,
	signal: AbortSignal,
): Promise<Observation> {
	const startedAt = performance.now();
	const client = await connect(server, signal);
	try {
		const isLoading = await isLoadingAtPing(client, server);
		const took = Math.round(performance.now() - startedAt);
		const info = await readInfo(client, server);
		const stuck: StuckHealth = isLoading
			? { state: 'unknown', healed: false }
			: await lookForStuckReplica(client, server, heal, signal);
		return observed(info, stuck, isLoading, took);
	} catch (error) {
		signal.throwIfAborted();
		throw explained(server, error);
	} finally {
		client.disconnect();
	}
}

async function isLoadingAtPing(client: Redis, server: RedisServer): Promise<boolean> {
	try {
		await client.call(commandName(server, 'PING'));
		return false;
	} catch (error) {
		if (replyCode(error) === 'LOADING') return true;
		// An answer, if not to this user.
		if (isForbidden(error)) return false;
		throw error;
	}
}

async function readInfo(client: Redis, server: RedisServer): Promise<ServerInfo | undefined> {
	try {
		return new ServerInfo(String(await client.call(commandName(server, 'INFO'))));
	} catch (error) {
		if (isForbidden(error)) return undefined;
		throw error;
	}
}

function observed(
	info: ServerInfo | undefined,
	stuck: StuckHealth,
	isLoading: boolean,
	took: number,
): Observation {
	const unknown = new Absent('the user may not run INFO');
	const failed = info && Object.keys(WRITES).filter((name) => info.get(name) === 'err');
	const memory = info ? memoryOf(info) : unknown;
	const parts = [
		`answered in ${took} ms`,
		...(isLoading ? ['still loading its data'] : []),
		...(memory instanceof Absent ? [] : [memory.text]),
		...(failed ?? []).map((name) => WRITES[name] ?? name),
		...(stuck.text === undefined ? [] : [stuck.text]),
	];
	return {
		text: parts.join(', '),
		values: {
			CONNECTED: true,
			HEALED: stuck.healed,
			KEYS: info ? keysOf(info) : unknown,
			LOADING: isLoading,
			MEMORY_PERCENT: memory instanceof Absent ? memory : memory.percent,
			PERSISTENCE_ERRORS: failed?.length ?? unknown,
			RESPONSE_TIME: took,
			ROLE: info ? roleOf(info) : unknown,
			STUCK_REPLICA: stuck.state,
		},
	};
}

function roleOf(info: ServerInfo): string {
	return info.get('role') === 'slave' ? 'replica' : 'master';
}

/** In all its databases together; one that is being loaded counts as far as it has come. */
function keysOf(info: ServerInfo): number {
	return [...info.keyspace().values()].reduce((sum, { keys }) => sum + keys, 0);
}

/** Of what the server may take or, where it has no limit, of what the machine has. */
function memoryOf(info: ServerInfo): Absent | { percent: number; text: string } {
	const limit = info.number('maxmemory');
	const room = limit > 0 ? limit : info.number('total_system_memory');
	if (room === 0)
		return new Absent('the server tells neither a limit nor the memory of its machine');
	const percent = Math.round((info.number('used_memory') / room) * 1_000) / 10;
	const of = limit > 0 ? 'maxmemory' : "the machine's memory";
	return { percent, text: `${percent} % of ${of} used` };
}

function explained({ host, port }: RedisServer, error: unknown): DisasterRecoveryError {
	if (error instanceof DisasterRecoveryError) return error;
	return new ConnectionError(
		`The Redis server at ${host}:${port} did not say how it is: ${errorMessage(error).replace(/\.$/, '')}.`,
		{ hint: "Look into the server's log.", cause: error },
	);
}
