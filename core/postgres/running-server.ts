import { requireSameServer } from '../require-same-server';
import { readClusterIdentity } from './cluster-identity';
import type { PostgresServer } from './connection';
import { connectMaintenance } from './restore/maintenance';

/** Which server answers to a login, whatever address it is reached by. */
export interface RunningServer {
	/**
	 * The same for every way to one server until it is started again. A copy of a server's files has the
	 * same cluster, but was not started in the same microsecond.
	 */
	readonly id: string;
	/** E.g. `16.3`. */
	readonly version: string;
	readonly startedAt: Date;
}

/** Rejects as `connectMaintenance` does. */
export async function identifyRunningServer(
	server: PostgresServer,
	signal?: AbortSignal,
): Promise<RunningServer> {
	const client = await connectMaintenance(server, {
		...{ avoid: '', purpose: 'identify' },
		...(signal && { signal }),
	});
	try {
		const cluster = await readClusterIdentity(client);
		const { rows } = await client.query<{ version: string; started: string }>(
			`SELECT pg_catalog.current_setting('server_version') AS version,
				(extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::bigint::text AS started`,
		);
		const { version = '', started = '' } = rows[0] ?? {};
		return {
			id: `${cluster ?? 'unknown'}-${started}`,
			version: version.split(' ')[0] ?? version,
			startedAt: new Date(Number(started) / 1000),
		};
	} finally {
		await client.end().catch(() => undefined);
	}
}

/** Rejects with `ConfigurationError` where another server than `id` answers; else as above. */
export async function requireRunningServer(
	server: PostgresServer,
	id: string,
	signal?: AbortSignal,
): Promise<void> {
	const found = await identifyRunningServer(server, signal);
	requireSameServer(found.id, id, `server at ${server.host}:${server.port}`);
}
