import { type Client, escapeIdentifier, escapeLiteral } from 'pg';
import { createDatabase } from './create-database';
import { isRestoreDatabase, restoreDatabaseName } from './database-names';
import { dropDatabase, freeName } from './databases';

/** The comment by which a later run knows that a database is a half-done restore, and of what. */
const MARK = 'Being restored, may be dropped when no restore is running. For database: ';

/**
 * Chooses a free name for the database that a restore of `target` fills. The caller holds the lock of
 * `target`, so databases marked for it are what dead runs have left: they are dropped, and mentioned.
 */
export async function prepareRestoreDatabase(
	maintenance: Client,
	target: string,
	backupId: string,
): Promise<{ name: string; warnings: string[] }> {
	const warnings: string[] = [];
	for (const leftover of await leftovers(maintenance, target)) {
		await dropDatabase(maintenance, leftover);
		warnings.push(
			`Database ${leftover}, which an earlier restore had left unfinished, was dropped.`,
		);
	}
	return { name: await freeName(maintenance, restoreDatabaseName(target, backupId)), warnings };
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

/** Somebody may have given a marked database another name by hand, and be using it since. */
async function leftovers(maintenance: Client, target: string): Promise<string[]> {
	const { rows } = await maintenance.query<{ name: string }>(
		`SELECT datname AS name FROM pg_catalog.pg_database
		WHERE pg_catalog.shobj_description(oid, 'pg_database') = $1 ORDER BY 1`,
		[MARK + target],
	);
	return rows.map(({ name }) => name).filter((name) => isRestoreDatabase(name, target));
}
