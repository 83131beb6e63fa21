import type { ServerSoftware } from './rdb-compatibility';
import type { KeyCounts } from '../server-info';
import type { ServerSession } from './server-session';

/** Of a server before a restore, as far as it tells. */
export interface TargetFacts {
	software: ServerSoftware;
	/** Changes with every start of the server. */
	runId: string;
	role: string;
	/** Where it replicates from; only of a replica. */
	master?: { host: string; port: number };
	replicationId: string;
	clusterEnabled: boolean;
	/** Whether a Sentinel watches it; unknown where the account may not see the clients. */
	sentinel: 'seen' | 'none' | 'unknown';
	/** Replicas that follow it. A port of 0 is somebody who takes a snapshot. */
	replicas: number;
	/** Names of the loaded modules. */
	modules: readonly string[];
	memory: { used: number; limit: number; policy: string; machine: number };
	appendOnly: boolean;
	/** Whether it would speak TLS to its master. */
	tlsReplication: boolean;
	/** How many databases it has; nothing where the account may not ask. */
	databases?: number;
	/** Whether it still loads its data. */
	loading: boolean;
	/** Longest string that it takes in one command, in bytes. */
	longestString: number;
	keyspace: ReadonlyMap<number, KeyCounts>;
	functions: number;
}

const LONGEST_STRING = 512 * 1024 * 1024;

/** Asks the server; needs INFO alone, and is content with less of the rest. */
export async function readTargetFacts(session: ServerSession): Promise<TargetFacts> {
	const info = await session.info();
	const role = info.get('role') ?? 'unknown';
	const valkeyVersion = info.get('valkey_version');
	const databases = await session.setting('databases');
	const longest = Number((await session.setting('proto-max-bulk-len')) ?? LONGEST_STRING);
	return {
		software: {
			redisVersion: info.get('redis_version') ?? '',
			...(valkeyVersion !== undefined && { valkeyVersion }),
		},
		runId: info.get('run_id') ?? '',
		role,
		...(role === 'slave' && {
			master: { host: info.get('master_host') ?? '', port: info.number('master_port') },
		}),
		replicationId: info.get('master_replid') ?? '',
		clusterEnabled: info.get('cluster_enabled') === '1',
		sentinel: await lookForSentinel(session),
		replicas: [...Array(info.number('connected_slaves')).keys()].filter(
			(index) => !info.get(`slave${index}`)?.includes(',port=0,'),
		).length,
		modules: info.all('module').map((line) => /name=([^,]*)/.exec(line)?.[1] ?? line),
		memory: {
			used: info.number('used_memory'),
			limit: info.number('maxmemory'),
			policy: info.get('maxmemory_policy') ?? 'noeviction',
			machine: info.number('total_system_memory'),
		},
		appendOnly: info.get('aof_enabled') === '1',
		tlsReplication: (await session.setting('tls-replication')) === 'yes',
		...(databases !== undefined && { databases: Number(databases) }),
		loading: info.get('loading') === '1' || info.get('async_loading') === '1',
		longestString: longest > 0 ? longest : LONGEST_STRING,
		keyspace: info.keyspace(),
		functions: info.number('number_of_functions'),
	};
}

/** Whether there is nothing on it that a restore could take away. */
export function isEmpty({ keyspace, functions }: TargetFacts): boolean {
	return keyspace.size === 0 && functions === 0;
}

/** Sentinels name their connections, and listen to each other on a channel of the server they watch. */
async function lookForSentinel(session: ServerSession): Promise<TargetFacts['sentinel']> {
	try {
		const clients = String(await session.call('CLIENT', 'LIST'));
		return /\bname=sentinel-/.test(clients) ? 'seen' : 'none';
	} catch {
		try {
			const [, listeners] = (await session.call(
				'PUBSUB',
				'NUMSUB',
				'__sentinel__:hello',
			)) as unknown[];
			return Number(listeners) > 0 ? 'seen' : 'none';
		} catch {
			return 'unknown';
		}
	}
}
