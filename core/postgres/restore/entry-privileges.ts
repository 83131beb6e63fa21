import type { TocEntry } from '../archive/toc';
import { unquoteIdentifier } from '../identifier';
import { largeObjectIds } from './entry-owner';
import { splitStatements } from './sql-statements';

/** Kinds of entries that hold nothing but grants. */
export const PRIVILEGES: ReadonlySet<string> = new Set(['ACL', 'ACL LANGUAGE', 'DEFAULT ACL']);

const ROLE = String.raw`("(?:[^"]|"")+"|[^\s";]+)`;
const GRANTEE = new RegExp(String.raw` (?:TO|FROM) ${ROLE}(?: WITH GRANT OPTION)?$`);
const GRANTOR = new RegExp(
	String.raw`^(?:SET SESSION AUTHORIZATION|ALTER DEFAULT PRIVILEGES FOR ROLE) ${ROLE}`,
);

/**
 * The grants of an entry, one text for what makes sense only together: what is granted as somebody
 * else stands between two changes of the session's user.
 */
export function privilegeStatements(
	entry: TocEntry,
	byId: ReadonlyMap<number, TocEntry>,
): string[] {
	const whole: string[] = [];
	let asOther: string[] | undefined;
	for (const statement of splitStatements(sqlOf(entry, byId))) {
		if (statement.startsWith('SET SESSION AUTHORIZATION')) asOther = [statement];
		else if (!asOther) whole.push(statement);
		else {
			asOther.push(statement);
			if (statement !== 'RESET SESSION AUTHORIZATION') continue;
			whole.push(asOther.join('; '));
			asOther = undefined;
		}
	}
	return whole;
}

/** Roles that the grants of an entry name, as they are in the catalogue. */
export function rolesOfPrivileges(entry: TocEntry): string[] {
	const found = splitStatements(entry.definition ?? '').flatMap((statement) =>
		[GRANTEE, GRANTOR].flatMap((pattern) => pattern.exec(statement)?.[1] ?? []),
	);
	return found.filter((role) => role !== 'PUBLIC').map(unquoteIdentifier);
}

/** Since 1.16 the privileges of equal large objects are written once, for the first of them. */
function sqlOf(entry: TocEntry, byId: ReadonlyMap<number, TocEntry>): string {
	const sql = entry.definition ?? '';
	const [, first] = /^LARGE OBJECTS (\d+)\.\.\d+$/.exec(entry.tag) ?? [];
	if (first === undefined) return sql;
	const group = entry.dependencies
		.map((id) => byId.get(id))
		.find((dependency) => dependency?.kind === 'BLOB METADATA');
	return (group ? largeObjectIds(group) : [first])
		.map((oid) => sql.replaceAll(`LARGE OBJECT ${first} `, `LARGE OBJECT ${oid} `))
		.join('\n');
}
