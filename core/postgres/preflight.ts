import { BackupError, ConfigurationError } from '../errors';
import type { DumpScope } from './selection';
import type { ServerFacts } from './server-facts';

const OLDEST_MAJOR = 12;
/** The role pg_read_all_data exists since this version. */
const READ_ALL_DATA_MAJOR = 14;
const NAMES_SHOWN = 10;

/** Throws `ConfigurationError` for a server that is older than what is tested and promised. */
export function assertSupported({ version, major }: ServerFacts): void {
	if (major >= OLDEST_MAJOR) return;
	throw new ConfigurationError(`The server runs Postgres ${version}, which is too old.`, {
		hint: `Servers from version ${OLDEST_MAJOR} on can be backed up.`,
	});
}

/**
 * Throws `BackupError` where this user may not read all that the dump has to hold: pg_dump would
 * stop at the first such table, and row-level security would give it fewer rows than there are.
 */
export function assertReadable(scope: DumpScope, facts: ServerFacts, user: string): void {
	const unreadable = scope.relations.filter(
		// Of views only the definition is dumped, of foreign tables too.
		({ kind, readable }) => !readable && ['r', 'p', 'S'].includes(kind),
	);
	if (unreadable.length > 0) {
		const names = listed(unreadable.map(({ identifier }) => identifier));
		throw new BackupError(`The user "${user}" may not read everything in the dump: ${names}.`, {
			hint:
				facts.major >= READ_ALL_DATA_MAJOR
					? `Have an administrator run: GRANT pg_read_all_data TO ${quoted(user)};`
					: 'Have an administrator grant USAGE on the schemas, and SELECT on their tables and sequences.',
		});
	}
	const hidden = scope.tablesWithData.filter(({ rowSecurity }) => rowSecurity);
	if (hidden.length > 0) {
		const names = listed(hidden.map(({ identifier }) => identifier));
		throw new BackupError(`Row-level security hides rows from the user "${user}" in: ${names}.`, {
			hint: `Make the backup as the owner of these tables, or have an administrator run: ALTER ROLE ${quoted(user)} BYPASSRLS;`,
		});
	}
}

/** The first ten names, and how many more there are. */
export function listed(names: readonly string[]): string {
	const more = names.length - NAMES_SHOWN;
	const shown = names.slice(0, NAMES_SHOWN).join(', ');
	return more > 0 ? `${shown} and ${more} more` : shown;
}

function quoted(user: string): string {
	return /^[a-z_][a-z0-9_]*$/.test(user) ? user : `"${user.replaceAll('"', '""')}"`;
}
