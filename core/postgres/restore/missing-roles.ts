import { type Client, DatabaseError, escapeIdentifier } from 'pg';
import type { TocEntry } from '../archive/toc';

/** Entries whose definitions name roles: no list of them is in an archive. */
export const NAMING_ROLES: ReadonlySet<string> = new Set([
	...['ACL', 'ACL LANGUAGE', 'DEFAULT ACL', 'POLICY', 'USER MAPPING'],
]);

const UNDEFINED_OBJECT = '42704';

/** `CREATE ROLE` for everybody who owns something in an archive, but for `existing` roles. */
export function createOwners(
	entries: readonly TocEntry[],
	existing: ReadonlySet<string>,
): string[] {
	const owners = new Set(entries.flatMap(({ owner }) => owner || []));
	return [...owners].filter((name) => !existing.has(name)).map(createRole);
}

/**
 * Runs `statement` within the open transaction; each role that the server misses is created, and it is
 * run again.
 */
export async function queryCreatingRoles(client: Client, statement: string): Promise<void> {
	const created = new Set<string>();
	await client.query('SAVEPOINT missing_roles');
	for (;;) {
		try {
			await client.query(statement);
			await client.query('RELEASE SAVEPOINT missing_roles');
			return;
		} catch (error) {
			const role = missingRole(error);
			if (role === undefined || created.has(role)) throw error;
			created.add(role);
			await client.query('ROLLBACK TO SAVEPOINT missing_roles');
			await client.query(createRole(role));
		}
	}
}

function missingRole(error: unknown): string | undefined {
	if (!(error instanceof DatabaseError) || error.code !== UNDEFINED_OBJECT) return undefined;
	return /^role "([\s\S]+)" does not exist$/.exec(error.message)?.[1];
}

/** Some objects, such as event triggers, may belong to superusers alone. */
function createRole(name: string): string {
	return `CREATE ROLE ${escapeIdentifier(name)} SUPERUSER`;
}
