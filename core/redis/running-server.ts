import { ConfigurationError, DisasterRecoveryError } from '../errors';
import { requireSameServer } from '../require-same-server';
import { isForbidden } from './command-errors';
import { ServerSession } from './restore/server-session';
import type { RedisServer } from './server';

/** Which server answers to a login, whatever address it is reached by. */
export interface RunningServer {
	/** The same for every way to one server until it is started again; no two share it. */
	readonly id: string;
	readonly version: string;
}

/**
 * Needs the command INFO. Rejects as `connect` does, and with `ConfigurationError` where the server does
 * not say which one it is.
 */
export async function identifyRunningServer(
	server: RedisServer,
	signal?: AbortSignal,
): Promise<RunningServer> {
	const session = await ServerSession.open(server, signal);
	try {
		const info = await session.info();
		const id = info.get('run_id');
		if (!id) throw unidentified(server);
		return { id, version: info.get('valkey_version') ?? info.get('redis_version') ?? '' };
	} catch (error) {
		if (error instanceof DisasterRecoveryError || !isForbidden(error)) throw error;
		throw unidentified(server, error);
	} finally {
		session.close();
	}
}

/** Rejects with `ConfigurationError` where another server than `id` answers; else as above. */
export async function requireRunningServer(
	server: RedisServer,
	id: string,
	signal?: AbortSignal,
): Promise<void> {
	const found = await identifyRunningServer(server, signal);
	requireSameServer(found.id, id, `Redis server at ${server.host}:${server.port}`);
}

function unidentified({ host, port }: RedisServer, cause?: unknown): ConfigurationError {
	return new ConfigurationError(
		`The Redis server at ${host}:${port} does not say which one it is (run_id of INFO).`,
		{ hint: 'Give the user the right to run INFO.', cause },
	);
}
