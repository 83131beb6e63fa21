import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createDump } from '../../core/postgres/create-dump';
import { verifyDump } from '../../core/postgres/verify-dump';
import { createSnapshot } from '../../core/redis/create-snapshot';
import { verifySnapshot } from '../../core/redis/verify-snapshot';
import type { Repository } from '../../core/repository/repository';
import { dumpInput, withAdmin } from './postgres-dumps';
import type { RunningPostgres } from './postgres-server';
import type { RunningRedis } from './redis-server';

/** The database that a drill restores. */
export const DATABASE = 'mrdj_db';

/** The fields of the credential of a Postgres server. */
export const postgresLogin = (
	{ host, port, password }: RunningPostgres,
	database = 'postgres',
) => ({
	...{ host, port, user: 'postgres', password, database, tls: 'disable' },
});

/** The fields of the credential of a Redis server. */
export const redisLogin = ({ host, port, password }: RunningRedis) => ({
	...{ host, port, user: '', password, tls: 'disable' },
});

/** Names of all databases that are no templates. */
export async function databasesOf(postgres: RunningPostgres): Promise<string[]> {
	return await withAdmin(postgres, 'postgres', async (admin) => {
		const { rows } = await admin.query<{ name: string }>(
			'select datname as name from pg_database where not datistemplate order by 1',
		);
		return rows.map(({ name }) => name);
	});
}

/** All keys, sorted. */
export async function keysOf(redis: RunningRedis): Promise<string[]> {
	const admin = redis.admin();
	const keys = await admin.keys('*');
	admin.disconnect();
	return keys.sort();
}

/** Takes away what the server holds, and gives it these keys. */
export async function holdOnly(redis: RunningRedis, ...keys: string[]): Promise<void> {
	const admin = redis.admin();
	await admin.flushall();
	for (const key of keys) await admin.set(key, key);
	admin.disconnect();
}

/** Backs both servers up and verifies that; resolves with the ids. */
export async function makeVerifiedBackups(
	repository: Repository,
	{ postgres, redis }: { postgres: RunningPostgres; redis: RunningRedis },
): Promise<{ postgres: string; redis: string }> {
	const compression = { algorithm: 'zstd', level: 1 } as const;
	const dump = await createDump(dumpInput(postgres, DATABASE, repository));
	const snapshot = await createSnapshot({
		...{ server: redis.server(), repository, compression, method: 'auto' },
	});
	await verifyDump({ repository, backup: dump, level: 'readable' });
	await verifySnapshot({ repository, backup: snapshot, level: 'readable' });
	return { postgres: dump.id, redis: snapshot.id };
}

/** Spoils one byte of the payload of a backup that is encrypted. */
export async function damage(directory: string, id: string): Promise<void> {
	const files = await readdir(directory, { recursive: true });
	const payload = files.find((name) => name.includes(`${id}/`) && name.endsWith('.age'));
	if (payload === undefined) throw new Error(`There is no payload of ${id}.`);
	const body = await readFile(join(directory, payload));
	body[body.length - 9]! ^= 1;
	await writeFile(join(directory, payload), body);
}
