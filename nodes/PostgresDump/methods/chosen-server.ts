import type { ILoadOptionsFunctions } from 'n8n-workflow';
import type { PostgresServer } from '../../../core/postgres/connection';
import { POSTGRES_SERVER, readPostgresServer } from '../../shared/credentials';

/** The server of the credential with the database that the panel shows, where one is chosen there. */
export async function chosenServer(context: ILoadOptionsFunctions): Promise<PostgresServer> {
	const server = readPostgresServer(await context.getCredentials(POSTGRES_SERVER));
	const chosen = context.getCurrentNodeParameter('database', { extractValue: true });
	return typeof chosen === 'string' && chosen !== '' ? { ...server, database: chosen } : server;
}
