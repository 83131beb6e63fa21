import { escapeIdentifier } from 'pg';
import type { TocEntry } from '../archive/toc';

const IN_SCHEMA = new Set([
	'COLLATION',
	'CONVERSION',
	'DOMAIN',
	'FOREIGN TABLE',
	'MATERIALIZED VIEW',
	'SEQUENCE',
	'STATISTICS',
	'TABLE',
	'TEXT SEARCH CONFIGURATION',
	'TEXT SEARCH DICTIONARY',
	'TYPE',
	'VIEW',
]);
const IN_DATABASE = new Set([
	'EVENT TRIGGER',
	'FOREIGN DATA WRAPPER',
	'PROCEDURAL LANGUAGE',
	'PUBLICATION',
	'SCHEMA',
	'SERVER',
]);
/** Their names carry argument types, which only the drop statement spells out. */
const WITH_ARGUMENTS = new Set([
	'AGGREGATE',
	'FUNCTION',
	'OPERATOR',
	'OPERATOR CLASS',
	'OPERATOR FAMILY',
	'PROCEDURE',
]);

/**
 * The statements that give an entry's object to its owner. An archive has no entries for owners:
 * pg_restore builds these statements from name and drop statement too.
 */
export function ownerStatements(entry: TocEntry): string[] {
	if (!entry.owner || !entry.drop) return [];
	const owner = escapeIdentifier(entry.owner);
	return ownedObjects(entry).map((object) => `ALTER ${object} OWNER TO ${owner}`);
}

function ownedObjects(entry: TocEntry): string[] {
	const { kind, tag, schema } = entry;
	if (kind === 'BLOB') return [`LARGE OBJECT ${Number(tag)}`];
	if (kind === 'BLOB METADATA') return largeObjectIds(entry).map((oid) => `LARGE OBJECT ${oid}`);
	if (IN_DATABASE.has(kind)) return [`${kind} ${escapeIdentifier(tag)}`];
	if (IN_SCHEMA.has(kind) && schema) {
		return [`${kind} ${escapeIdentifier(schema)}.${escapeIdentifier(tag)}`];
	}
	const [, object] = /^DROP ([\s\S]*?);\s*$/.exec(entry.drop ?? '') ?? [];
	return WITH_ARGUMENTS.has(kind) && object ? [object] : [];
}

/** The OIDs in a `BLOB METADATA` entry, whose definition is nothing but a list of them. */
export function largeObjectIds(entry: TocEntry): string[] {
	return entry.definition?.match(/\d+/g) ?? [];
}
