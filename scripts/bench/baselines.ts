import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { libpqEnvironment } from '../../core/postgres/engines/libpq-environment';
import { postgresBinaries } from '../../test/support/postgres-binaries';
import type { RunningPostgres } from '../../test/support/postgres-server';
import { type Cost, measure } from './measured-process';
import { SAMPLE } from './sample-database';

/** The plan's own way to back up: `pg_dump -Fc` into a file. */
export async function plainDump(
	server: RunningPostgres,
	file: string,
	signal: AbortSignal,
): Promise<{ cost: Cost; bytes: number }> {
	const cost = await client(server, SAMPLE, ['pg_dump', '-Fc', '-f', file], signal);
	return { cost, bytes: (await stat(file)).size };
}

/** The plan's own way to restore, into a database that is there and empty. */
export async function plainRestore(
	server: RunningPostgres,
	file: string,
	database: string,
	signal: AbortSignal,
): Promise<{ cost: Cost }> {
	const line = ['pg_restore', '--single-transaction', '--no-owner', '-d', database, file];
	return { cost: await client(server, database, line, signal) };
}

async function client(
	server: RunningPostgres,
	database: string,
	[program = '', ...programArguments]: readonly string[],
	signal: AbortSignal,
): Promise<Cost> {
	const environment = libpqEnvironment(server.server(), { purpose: 'bench', database });
	const path = join(await postgresBinaries(server.major), program);
	const { cost } = await measure(path, programArguments, { env: environment.variables, signal });
	return cost;
}
