import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { CreateDumpInput } from '../../core/postgres/create-dump';
import { openRepository, type Repository } from '../../core/repository/repository';
import type { RunningPostgres } from './postgres-server';
import { descendants } from './process-table';

/** A repository in a directory of its own. */
export interface ScratchRepository {
	readonly repository: Repository;
	/** Its directory. */
	readonly root: string;
	/** Every file in it, uncommitted ones included. */
	files(): Promise<string[]>;
	remove(): Promise<void>;
}

export async function scratchRepository(): Promise<ScratchRepository> {
	const root = await mkdtemp(join(tmpdir(), 'dr-repository-'));
	return {
		root,
		repository: openRepository({ directory: { path: root }, encryption: { kind: 'none' } }),
		files: async () => {
			const entries = await readdir(root, { recursive: true, withFileTypes: true });
			return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
		},
		remove: () => rm(root, { recursive: true, force: true }),
	};
}

/** A dump of everything, for tests to change what they are about. */
export function dumpInput(
	postgres: RunningPostgres,
	database: string,
	repository: Repository,
	changes: Partial<Omit<CreateDumpInput, 'selection'>> & {
		selection?: Partial<CreateDumpInput['selection']>;
	} = {},
): CreateDumpInput {
	return {
		server: postgres.server(database),
		repository,
		compression: { algorithm: 'zstd', level: 1 },
		checksums: 'auto',
		engine: 'auto',
		lockTimeoutSeconds: 5,
		...changes,
		selection: {
			includeSchemas: [],
			excludeSchemas: [],
			includeTables: [],
			excludeTables: [],
			excludeTableData: [],
			blobs: true,
			...changes.selection,
		},
	};
}

/** Creates a database and runs `sql` in it. */
export async function createDatabase(
	postgres: RunningPostgres,
	name: string,
	sql: string,
	options = '',
): Promise<void> {
	await withAdmin(postgres, 'postgres', async (admin) => {
		await admin.query(`CREATE DATABASE ${admin.escapeIdentifier(name)} ${options}`);
	});
	await withAdmin(postgres, name, async (admin) => {
		await admin.query(sql);
	});
}

type Admin = Awaited<ReturnType<RunningPostgres['admin']>>;

export async function withAdmin<T>(
	postgres: RunningPostgres,
	database: string,
	use: (admin: Admin) => Promise<T>,
): Promise<T> {
	const admin = await postgres.admin(database);
	try {
		return await use(admin);
	} finally {
		await admin.end();
	}
}

/** Names of this product's sessions on the server, once they have had 5 seconds to end. */
export async function sessionsLeft(postgres: RunningPostgres): Promise<string[]> {
	return await withAdmin(postgres, 'postgres', (admin) =>
		untilEmpty(async () => {
			const result = await admin.query<{ name: string }>(
				`SELECT application_name AS name FROM pg_stat_activity
				WHERE application_name LIKE 'n8n-dr-%' OR application_name = 'pg_dump'`,
			);
			return result.rows.map(({ name }) => name);
		}),
	);
}

/** Processes below this one that are a pg_dump, once they have had 5 seconds to end. */
export async function dumpProcessesLeft(): Promise<string[]> {
	return await untilEmpty(async () =>
		(await descendants(process.pid)).filter((line) => line.includes('pg_dump')),
	);
}

async function untilEmpty(look: () => Promise<string[]>): Promise<string[]> {
	let found = await look();
	for (let round = 0; found.length > 0 && round < 50; round++) {
		await sleep(100);
		found = await look();
	}
	return found;
}
