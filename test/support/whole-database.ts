import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createDatabase, withAdmin } from './postgres-dumps';
import type { RunningPostgres } from './postgres-server';

const DIRECTORY = join(__dirname, 'whole-database');

/** Roles and a tablespace, which no dump holds: every server that gets a copy needs them first. */
export async function createClusterObjects(postgres: RunningPostgres): Promise<void> {
	const roles = await readFile(join(DIRECTORY, 'roles.sql'), 'utf8');
	await withAdmin(postgres, 'postgres', async (admin) => {
		await admin.query(roles);
		await admin.query('SET allow_in_place_tablespaces = on');
		await admin.query(`CREATE TABLESPACE "fast ""place""" LOCATION ''`);
	});
}

/** Creates a database with one of everything that the server's version knows. */
export async function createWholeDatabase(postgres: RunningPostgres, name: string): Promise<void> {
	await createDatabase(postgres, name, 'SELECT 1', 'TEMPLATE template0');
	for (const file of await corpus(postgres.major)) {
		const sql = await readFile(join(DIRECTORY, file), 'utf8');
		await withAdmin(postgres, name, (admin) => admin.query(sql)).catch((error: Error) => {
			throw new Error(`${file}: ${error.message}`, { cause: error });
		});
	}
}

/** The files in order: numbered ones, then those of each version up to `major`, then the last. */
async function corpus(major: number): Promise<string[]> {
	const files = (await readdir(DIRECTORY)).sort();
	const since = (file: string) => Number(/^since-(\d+)/.exec(file)?.[1]);
	return [
		...files.filter((file) => /^\d/.test(file)),
		...files.filter((file) => since(file) <= major),
		...files.filter((file) => file.startsWith('last-')),
	];
}
