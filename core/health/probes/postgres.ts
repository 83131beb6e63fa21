import type { Client } from 'pg';
import { ConnectionError, DisasterRecoveryError } from '../../errors';
import { errorMessage, isLostConnection } from '../../postgres/connection-errors';
import { connect, type PostgresServer } from '../../postgres/connection';
import { durationInWords } from '../duration-words';
import { Absent, type Observation } from '../observation';
import type { CheckKind } from '../vocabulary';
import { runQuery } from './postgres/query';
import { readServerHealth, type ServerHealth } from './postgres/server-health';

export const POSTGRES: CheckKind = {
	vocabulary: {
		BODY: 'document',
		CONNECTED: 'boolean',
		FREE_CONNECTIONS: 'number',
		IN_RECOVERY: 'boolean',
		REPLICATION_LAG: 'duration',
		RESPONSE_TIME: 'duration',
	},
	defaults: {
		fail: ['[CONNECTED] == true', '[FREE_CONNECTIONS] > 0'],
		warn: ['[FREE_CONNECTIONS] > 5'],
	},
	measurement: { name: 'responseTime', placeholder: 'RESPONSE_TIME', unit: 'ms' },
	componentType: 'datastore',
};

export interface PostgresTarget {
	readonly server: PostgresServer;
	/** One query that only reads; empty for none. */
	readonly query: string;
}

/**
 * Logs in and asks how the server is, and then the query if there is one. A query that is refused counts
 * as no answer, so that no condition is met without it. Rejects with `ConnectionError`.
 */
export async function probePostgres(
	{ server, query }: PostgresTarget,
	signal: AbortSignal,
	timeoutMs: number,
): Promise<Observation> {
	const startedAt = performance.now();
	const client = await connect(server, { purpose: 'health', signal });
	try {
		// The server would go on with a query that waits for a lock, although nobody listens any more.
		await client.query(
			`SET default_transaction_read_only = on; SET statement_timeout = ${Math.ceil(timeoutMs)}`,
		);
		const health = await readServerHealth(client);
		const body = query === '' ? new Absent('the check has no query') : await ask(client, query);
		return observed(health, body, Math.round(performance.now() - startedAt));
	} catch (error) {
		signal.throwIfAborted();
		throw explained(server, error);
	} finally {
		void client.end().catch(() => undefined);
	}
}

async function ask(client: Client, query: string): ReturnType<typeof runQuery> {
	try {
		return await runQuery(client, query);
	} catch (error) {
		if (isLostConnection(error)) throw error;
		throw new ConnectionError(`The query was refused: ${errorMessage(error)}.`, {
			hint: 'Try the query with the same user. It has to be a single one that only reads.',
			cause: error,
		});
	}
}

function observed(
	{ inRecovery, freeConnections, replicationLag }: ServerHealth,
	body: Awaited<ReturnType<typeof ask>>,
	took: number,
): Observation {
	const parts = [
		`answered in ${took} ms`,
		inRecovery ? 'a standby' : 'a primary',
		`${freeConnections} connections free`,
		...(typeof replicationLag === 'number'
			? [`replication lag ${durationInWords(replicationLag)}`]
			: []),
	];
	return {
		text: parts.join(', '),
		values: {
			BODY: body,
			CONNECTED: true,
			FREE_CONNECTIONS: freeConnections,
			IN_RECOVERY: inRecovery,
			REPLICATION_LAG: replicationLag,
			RESPONSE_TIME: took,
		},
	};
}

function explained({ host, port }: PostgresServer, error: unknown): DisasterRecoveryError {
	if (error instanceof DisasterRecoveryError) return error;
	const where = `The Postgres server at ${host}:${port}`;
	const options = { hint: "Look into the server's log.", cause: error };
	return isLostConnection(error)
		? new ConnectionError(`${where} closed the connection.`, options)
		: new ConnectionError(`${where} did not say how it is: ${errorMessage(error)}.`, options);
}
