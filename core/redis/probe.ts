import type { Redis } from 'ioredis';
import { errorMessage } from '../network/connection-errors';
import { isForbidden, replyCode } from './command-errors';
import { connect } from './connection';
import type { Flavor } from './rdb/grammar';
import { commandName, type RedisServer } from './server';
import { ServerInfo } from './server-info';

/** `unknown`: this user may not even ask. */
export type Permission = 'allowed' | 'refused' | 'unknown';

/** What a server tells of itself. Whatever the user may not ask is missing. */
export interface ServerProbe {
	version?: string;
	flavor: Flavor;
	role?: 'master' | 'replica';
	/** Part of a cluster: it holds only its own slots. */
	cluster?: boolean;
	/** Memory that its data takes, in bytes. */
	dataBytes?: number;
	/** Names of the modules that are loaded. */
	modules?: string[];
	/** How far the server's clock is ahead of this machine's, in milliseconds. */
	clockAheadMs?: number;
	/** Whether a snapshot can be taken as a replica does. */
	replication: Permission;
	/** Whether a snapshot can be read key by key. */
	commands: Permission;
}

const REPLICATION = [['SYNC', 'PSYNC'], ['REPLCONF']];
const READING = [['SCAN'], ['DUMP'], ['PEXPIRETIME', 'PTTL'], ['SELECT']];

/** Connects and asks about the server as a whole. Rejects as `connect` does. */
export async function probeServer(server: RedisServer, signal?: AbortSignal): Promise<ServerProbe> {
	const client = await connect({ ...server, database: 0 }, signal);
	try {
		return await probe(client, server);
	} finally {
		client.disconnect();
	}
}

/** The same over a connection that is open. Rejects with ioredis's error when that is lost. */
export async function probe(client: Redis, server: RedisServer): Promise<ServerProbe> {
	const ask = async (command: string, ...words: string[]) =>
		await askIfAllowed(client, commandName(server, command), words);
	const asked = Date.now();
	const clock = await ask('TIME');
	const answered = Date.now();
	const info = await ask('INFO');
	const user = await ask('ACL', 'WHOAMI');
	const may = async (alternatives: readonly string[]) =>
		best(
			await Promise.all(
				alternatives.map(async (command) => await permission(ask, server, command, user)),
			),
		);
	const all = async (needed: readonly (readonly string[])[]) =>
		worst(await Promise.all(needed.map(may)));
	return {
		...factsOf(info),
		...(Array.isArray(clock) && { clockAheadMs: clockMs(clock) - (asked + answered) / 2 }),
		replication: await all(REPLICATION),
		commands: await all(READING),
	};
}

type Ask = (command: string, ...words: string[]) => Promise<unknown>;

/** Nothing where the server does not know the command, or does not let this user run it. */
async function askIfAllowed(client: Redis, command: string, words: string[]): Promise<unknown> {
	try {
		return await client.call(command, ...words);
	} catch (error) {
		if (isForbidden(error) || replyCode(error) === 'ERR') return undefined;
		throw error;
	}
}

async function permission(
	ask: Ask,
	server: RedisServer,
	command: string,
	user: unknown,
): Promise<Permission> {
	const name = commandName(server, command);
	const known = await ask('COMMAND', 'INFO', name);
	// A command that was renamed or taken away is nothing in the list.
	if (Array.isArray(known) && known[0] === null) return 'refused';
	if (typeof user !== 'string') return 'unknown';
	// The arguments only have to be as many as the command takes.
	const words = { SYNC: [], SCAN: ['0'], PSYNC: ['?', '-1'], REPLCONF: ['capa', 'eof'] }[command];
	const answer = await ask('ACL', 'DRYRUN', user, name, ...(words ?? ['0']));
	if (typeof answer !== 'string') return 'unknown';
	return answer === 'OK' ? 'allowed' : 'refused';
}

function best(permissions: readonly Permission[]): Permission {
	if (permissions.includes('allowed')) return 'allowed';
	return permissions.includes('unknown') ? 'unknown' : 'refused';
}

function worst(permissions: readonly Permission[]): Permission {
	if (permissions.includes('refused')) return 'refused';
	return permissions.includes('unknown') ? 'unknown' : 'allowed';
}

function clockMs([seconds, microseconds]: unknown[]): number {
	return Number(seconds) * 1000 + Number(microseconds) / 1000;
}

/** Without an answer to INFO nothing is known. */
function factsOf(answer: unknown): Omit<ServerProbe, 'replication' | 'commands'> {
	if (typeof answer !== 'string' || answer === '') return { flavor: 'redis' };
	const info = new ServerInfo(answer);
	const valkey = info.get('valkey_version');
	const version = valkey ?? info.get('redis_version');
	const role = info.get('role');
	const dataBytes = info.get('used_memory_dataset') ?? info.get('used_memory');
	const cluster = info.get('cluster_enabled');
	return {
		flavor: valkey === undefined ? 'redis' : 'valkey',
		...(version !== undefined && { version }),
		...(role !== undefined && { role: role === 'slave' ? 'replica' : 'master' }),
		...(cluster !== undefined && { cluster: cluster === '1' }),
		...(dataBytes !== undefined && { dataBytes: Number(dataBytes) }),
		modules: info.all('module').map((module) => /name=([^,]*)/.exec(module)?.[1] ?? module),
	};
}

/** Whether an error of ioredis says that the connection is gone. */
export function isLostConnection(error: unknown): boolean {
	return /connection is closed|socket timeout|ECONNRESET|EPIPE|isn't writeable|closed the connection/i.test(
		errorMessage(error),
	);
}
