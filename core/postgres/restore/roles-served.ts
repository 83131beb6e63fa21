import type { TocEntry } from '../archive/toc';
import { unquoteIdentifier } from '../identifier';

const NAME = String.raw`(?:"(?:[^"]|"")+"|[^\s",.;()]+)`;
const POLICY = new RegExp(
	String.raw`^(CREATE POLICY ${NAME} ON (?:${NAME}\.)?${NAME}(?: AS RESTRICTIVE)?(?: FOR [A-Z]+)? TO )(${NAME}(?:, ${NAME})*)((?: USING \(| WITH CHECK \(|;)[^]*)$`,
);
const USER_MAPPING = new RegExp(String.raw`^(CREATE USER MAPPING FOR )(${NAME})( SERVER [^]*)$`);

/**
 * Roles for which an entry is made: those of a row-level security policy, and of a user mapping. An
 * empty list where it is for everybody, or no matter of roles.
 */
export function rolesServed(entry: TocEntry): string[] {
	const names = parse(entry)?.names ?? [];
	return names.map(unquoteIdentifier).filter((name) => name !== 'public');
}

/**
 * The entry without the roles that `exists` does not know, or nothing where it was for those alone.
 * Nobody can be in a role that does not exist, so for all that are there it means the same.
 */
export function servingOnly(entry: TocEntry, exists: (role: string) => boolean): string[] {
	const parts = parse(entry);
	if (!parts) return [entry.definition ?? ''];
	const kept = parts.names.filter((name) => exists(unquoteIdentifier(name)));
	return kept.length === 0 ? [] : [`${parts.head}${kept.join(', ')}${parts.tail}`];
}

function parse({ kind, definition }: TocEntry) {
	const pattern = { POLICY: POLICY, 'USER MAPPING': USER_MAPPING }[kind];
	const [, head, names, tail] = pattern?.exec((definition ?? '').trim()) ?? [];
	if (names === undefined) return undefined;
	return { head, names: names.match(new RegExp(NAME, 'g')) ?? [], tail };
}
