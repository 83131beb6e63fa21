import type { ArchiveToc } from '../archive/toc';
import type { RestoreRun } from './restore-run';

/** Sentences about what the archive has and the restore, as chosen, does not bring back. */
export function leftOutWarnings(toc: ArchiveToc, run: RestoreRun): string[] {
	const { user } = run.checked.rights;
	return [
		...run.archive.warnings,
		...(run.owners === 'never' ? ownersWarning(toc, user) : []),
		...(run.privileges === 'never' ? privilegesWarning(toc) : []),
		...(run.checked.target ? [] : databaseWarning(toc)),
	];
}

function ownersWarning({ entries }: ArchiveToc, user: string): string[] {
	const owners = new Set(
		entries.flatMap(({ kind, owner }) =>
			['TABLE', 'SCHEMA', 'VIEW', 'SEQUENCE', 'FUNCTION'].includes(kind) && owner ? [owner] : [],
		),
	);
	owners.delete(user);
	owners.delete('pg_database_owner');
	if (owners.size === 0) return [];
	return [
		`Everything belongs to ${user} now; in the source there were objects of ${[...owners].join(', ')}. Let owners be restored to keep that.`,
	];
}

function privilegesWarning({ entries }: ArchiveToc): string[] {
	if (!entries.some(({ kind, tag }) => kind === 'ACL' && !tag.startsWith('DATABASE '))) return [];
	return ['Grants were not restored. Let privileges be restored to keep them.'];
}

/** Where a database is replaced, these come from the one before. */
function databaseWarning({ entries }: ArchiveToc): string[] {
	const has = entries.some(
		({ kind, tag }) =>
			kind === 'DATABASE PROPERTIES' || (kind === 'ACL' && tag.startsWith('DATABASE ')),
	);
	if (!has) return [];
	return [
		'In the source the database itself had settings or grants (ALTER DATABASE … SET, GRANT … ON DATABASE). They are not part of a restore into a new database.',
	];
}
