import { escapeIdentifier } from 'pg';
import { ConfigurationError } from '../errors';
import type { Relation } from './relations';

/** What to dump, by exact names; tables as `format('%I.%I')` writes them. Empty lists mean all. */
export interface DumpSelection {
	includeSchemas: readonly string[];
	excludeSchemas: readonly string[];
	includeTables: readonly string[];
	excludeTables: readonly string[];
	/** These are dumped without their rows. */
	excludeTableData: readonly string[];
	/** Large objects, which belong to no schema. */
	blobs: boolean;
}

/** A selection against what the database holds. */
export interface DumpScope {
	/** The selection in options of pg_dump, with patterns that match these very names only. */
	arguments: string[];
	/** Everything that is dumped, but for what extensions bring along. */
	relations: Relation[];
	/** Tables whose rows must all be in the archive. */
	tablesWithData: Relation[];
	largeObjects: boolean;
	warnings: string[];
}

/**
 * Resolves a selection. A partitioned table stands for its partitions too. Throws
 * `ConfigurationError` for names that do not exist and for combinations that cannot work.
 *
 * @param recovering whether the server is a standby: it holds no rows of unlogged tables
 */
export function resolveSelection(
	selection: DumpSelection,
	database: { schemas: readonly string[]; relations: readonly Relation[]; recovering: boolean },
): DumpScope {
	assertKnown(selection, database);
	assertPossible(selection);
	const { relations } = database;
	const included = withPartitions(relations, selection.includeTables);
	const excluded = withPartitions(relations, selection.excludeTables);
	const withoutData = withPartitions(relations, selection.excludeTableData);
	assertWholeTables(selection, relations, included);

	const dumped = relations.filter(
		(relation) =>
			!relation.inExtension &&
			!excluded.has(relation.oid) &&
			(selection.includeTables.length > 0
				? included.has(relation.oid)
				: isSchemaDumped(selection, relation.schema)),
	);
	const unlogged = dumped.filter(({ unlogged: is, kind }) => is && kind === 'r');
	return {
		arguments: [
			...selection.includeSchemas.map((name) => `--schema=${escapeIdentifier(name)}`),
			...selection.excludeSchemas.map((name) => `--exclude-schema=${escapeIdentifier(name)}`),
			...patterns('--table', relations, included),
			...patterns('--exclude-table', relations, excluded),
			...patterns('--exclude-table-data', relations, withoutData),
			...largeObjectArguments(selection),
		],
		relations: dumped,
		tablesWithData: dumped.filter(
			({ oid, kind, unlogged: isUnlogged }) =>
				kind === 'r' && !withoutData.has(oid) && !(isUnlogged && database.recovering),
		),
		largeObjects: selection.blobs,
		warnings: warningsFor(selection, database.recovering ? unlogged : []),
	};
}

function isSchemaDumped(selection: DumpSelection, schema: string): boolean {
	if (selection.excludeSchemas.includes(schema)) return false;
	return selection.includeSchemas.length === 0 || selection.includeSchemas.includes(schema);
}

/** Oids of the named relations and of all partitions below them. */
function withPartitions(relations: readonly Relation[], names: readonly string[]): Set<string> {
	const wanted = new Set(names);
	const oids = new Set(
		relations.filter(({ identifier }) => wanted.has(identifier)).map(({ oid }) => oid),
	);
	for (let before = -1; before !== oids.size;) {
		before = oids.size;
		for (const { oid, parent } of relations) {
			if (parent !== null && oids.has(parent)) oids.add(oid);
		}
	}
	return oids;
}

function patterns(option: string, relations: readonly Relation[], oids: Set<string>): string[] {
	return relations
		.filter(({ oid }) => oids.has(oid))
		.map(({ schema, name }) => `${option}=${escapeIdentifier(schema)}.${escapeIdentifier(name)}`);
}

/** pg_dump leaves large objects out by itself as soon as schemas or tables are chosen. */
function largeObjectArguments({ blobs, includeSchemas, includeTables }: DumpSelection): string[] {
	if (!blobs) return ['--no-blobs'];
	return includeSchemas.length + includeTables.length > 0 ? ['--blobs'] : [];
}

function assertKnown(
	selection: DumpSelection,
	database: { schemas: readonly string[]; relations: readonly Relation[] },
): void {
	const schemas = new Set(database.schemas);
	const tables = new Set(database.relations.map(({ identifier }) => identifier));
	const unknown = [
		...[...selection.includeSchemas, ...selection.excludeSchemas]
			.filter((name) => !schemas.has(name))
			.map((name) => `schema ${name}`),
		...[...selection.includeTables, ...selection.excludeTables, ...selection.excludeTableData]
			.filter((name) => !tables.has(name))
			.map((name) => `table ${name}`),
	];
	if (unknown.length === 0) return;
	throw new ConfigurationError(
		`The database does not have what the selection names: ${[...new Set(unknown)].join(', ')}.`,
		{
			hint: 'Choose from the lists again. A table is written as schema.table, with quotes where SQL needs them.',
		},
	);
}

function assertPossible({ includeSchemas, excludeSchemas, includeTables }: DumpSelection): void {
	if (includeTables.length === 0 || includeSchemas.length + excludeSchemas.length === 0) return;
	throw new ConfigurationError('Both schemas and single tables are chosen for the backup.', {
		hint: 'pg_dump ignores the choice of schemas as soon as tables are included: choose one of the two.',
	});
}

/** A partition alone could not be restored: it would be attached to a table that is not there. */
function assertWholeTables(
	{ includeTables }: DumpSelection,
	relations: readonly Relation[],
	included: Set<string>,
): void {
	const names = new Set(includeTables);
	const torn = relations.filter(
		({ identifier, parent }) => names.has(identifier) && parent !== null && !included.has(parent),
	);
	if (torn.length === 0) return;
	throw new ConfigurationError(
		`A partition cannot be restored without its partitioned table: ${torn.map(({ identifier }) => identifier).join(', ')}.`,
		{ hint: 'Include the partitioned table; its partitions come with it.' },
	);
}

function warningsFor({ includeTables }: DumpSelection, unlogged: readonly Relation[]): string[] {
	return [
		...(includeTables.length > 0
			? [
					'Only the chosen tables are in this backup: the schemas, types and functions that they use must exist where it is restored.',
				]
			: []),
		...(unlogged.length > 0
			? [
					`The server is a standby, which holds no rows of unlogged tables; they are dumped empty: ${unlogged.map(({ identifier }) => identifier).join(', ')}.`,
				]
			: []),
	];
}
