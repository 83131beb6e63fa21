import type { ArchiveToc, TocEntry } from '../archive/toc';
import { unquoteIdentifier } from '../identifier';

const KINDS = new Set([
	'ACCESS METHOD',
	'EVENT TRIGGER',
	'FOREIGN DATA WRAPPER',
	'OPERATOR CLASS',
	'OPERATOR FAMILY',
	'PUBLICATION TABLES IN SCHEMA',
	'SHELL TYPE',
	'TEXT SEARCH PARSER',
	'TEXT SEARCH TEMPLATE',
]);
const BUILT_IN_UNTRUSTED = ['c', 'internal'];

/**
 * What Postgres lets nobody but a superuser create, among the entries of `toc`; extensions apart.
 *
 * @param forbiddenSettings settings that need a superuser in a function too
 */
export function superuserOnly(
	toc: ArchiveToc,
	forbiddenSettings: ReadonlySet<string>,
): (entry: TocEntry) => boolean {
	const ownTypes = typesOf(toc);
	const untrusted = new Set([
		...BUILT_IN_UNTRUSTED,
		...toc.entries.filter((entry) => isUntrustedLanguage(entry)).map(({ tag }) => tag),
	]);
	return (entry) => {
		const { kind, definition } = entry;
		if (KINDS.has(kind) || isUntrustedLanguage(entry)) return true;
		const sql = definition ?? '';
		switch (kind) {
			case 'PROCEDURAL LANGUAGE':
				return true;
			case 'FUNCTION':
			case 'PROCEDURE':
				return isForbiddenRoutine(sql, untrusted, forbiddenSettings);
			case 'AGGREGATE':
				return / STYPE = internal\b/.test(sql);
			case 'TYPE':
				return /\n {4}INPUT = /.test(sql);
			case 'PUBLICATION':
				return / FOR ALL (TABLES|SEQUENCES)\b/.test(sql);
			case 'CAST':
				return isForbiddenCast(sql, ownTypes);
			default:
				return false;
		}
	};
}

function isUntrustedLanguage({ kind, definition }: TocEntry): boolean {
	return kind === 'PROCEDURAL LANGUAGE' && !/^CREATE (OR REPLACE )?TRUSTED /.test(definition ?? '');
}

function isForbiddenRoutine(
	sql: string,
	untrusted: ReadonlySet<string>,
	forbiddenSettings: ReadonlySet<string>,
): boolean {
	// The body comes last, behind the properties, each at the beginning of a line.
	const head = sql.split(/\n {4}(?:AS [$']|RETURN )|\n *BEGIN ATOMIC/, 1)[0] ?? '';
	const properties = head.slice(Math.max(0, head.lastIndexOf('\n    LANGUAGE ')));
	const [, language] = /LANGUAGE ("(?:[^"]|"")+"|\S+)/.exec(properties) ?? [];
	if (language !== undefined && untrusted.has(unquoteIdentifier(language))) return true;
	if (/^\s*LANGUAGE .*? (LEAKPROOF|SUPPORT )/.test(properties)) return true;
	const settings = [...properties.matchAll(/\n {4}SET ("(?:[^"]|"")+"|\S+) TO /g)];
	return settings.some(([, name]) => forbiddenSettings.has(unquoteIdentifier(name ?? '')));
}

/** Casts are for owners of one of the two types, and without a function only for superusers. */
function isForbiddenCast(sql: string, ownTypes: ReadonlySet<string>): boolean {
	const [, source, target, how] = /^CREATE CAST \((.+?) AS (.+?)\) ([^]*)/.exec(sql) ?? [];
	if (source === undefined || target === undefined) return false;
	return how?.startsWith('WITHOUT FUNCTION') || !(ownTypes.has(source) || ownTypes.has(target));
}

/** Types that the archive itself creates, spelled as in its SQL. */
function typesOf({ entries }: ArchiveToc): Set<string> {
	return new Set(
		entries.flatMap(({ kind, drop }) => {
			if (!['TYPE', 'DOMAIN', 'TABLE', 'VIEW'].includes(kind)) return [];
			return /^DROP [A-Z]+ (?:IF EXISTS )?([^]+?);\s*$/.exec(drop ?? '')?.[1] ?? [];
		}),
	);
}
