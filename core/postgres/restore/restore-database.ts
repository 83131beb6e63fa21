import { type Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { PostgresServer } from '../connection';
import { createDatabase } from './create-database';
import { isExactlyRestoreDatabase, isRestoreDatabase, restoreDatabaseName } from './database-names';
import { dropDatabase, freeName } from './databases';
import { dropIfEmpty } from './empty-database';

/** The comment by which a later run knows that a database is a half-done restore, and of what. */
const MARK = 'Being restored, may be dropped when no restore is running. For database: ';

/**
 * Chooses a free name for the database that a restore of `target` fills. The caller holds the lock of
 * `target`, so what is left of others is of dead runs: it is dropped, and mentioned.
 */
export async function prepareRestoreDatabase(
	maintenance: Client,
	server: PostgresServer,
	target: string,
	backupId: string,
): Promise<{ name: string; warnings: string[] }> {
	const dropped: string[] = [];
	for (const { name, marked } of await leftovers(maintenance, target)) {
		// A run that died before it could set the mark had put nothing in yet.
		if (marked) await dropDatabase(maintenance, name);
		else if (!(await dropIfEmpty(maintenance, server, name))) continue;
		dropped.push(name);
	}
	return {
		name: await freeName(maintenance, restoreDatabaseName(target, backupId)),
		warnings: dropped.map(
			(name) => `Database ${name}, which an earlier restore had left unfinished, was dropped.`,
		),
	};
}

/** Creates it, empty, and marks it as unfinished. Resolves with warnings. */
export async function createRestoreDatabase(
	maintenance: Client,
	name: string,
	target: string,
	source: Parameters<typeof createDatabase>[2],
): Promise<string[]> {
	const warnings = await createDatabase(maintenance, name, source);
	await maintenance.query(
		`COMMENT ON DATABASE ${escapeIdentifier(name)} IS ${escapeLiteral(MARK + target)}`,
	);
	return warnings;
}

interface Leftover {
	name: string;
	/** Else only its name tells what it is. */
	marked: boolean;
}

async function leftovers(maintenance: Client, target: string): Promise<Leftover[]> {
	const { rows } = await maintenance.query<{ name: string; comment: string | null }>(
		`SELECT datname AS name, pg_catalog.shobj_description(oid, 'pg_database') AS comment
		FROM pg_catalog.pg_database ORDER BY 1`,
	);
	return rows.flatMap<Leftover>(({ name, comment }) => {
		// Somebody may have given a marked database another name by hand, and be using it since.
		if (comment === MARK + target) {
			return isRestoreDatabase(name, target) ? [{ name, marked: true }] : [];
		}
		const unmarked = comment === null && isExactlyRestoreDatabase(name, target);
		return unmarked ? [{ name, marked: false }] : [];
	});
}
