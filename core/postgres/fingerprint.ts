import { type ClientBase, DatabaseError, escapeIdentifier } from 'pg';
import type { PostgresFingerprint } from '../repository/fingerprint';
import { keyOf, type QualifiedName } from './qualified-name';

/** What a fingerprint has to cover. */
export interface FingerprintScope {
	/** Ordinary tables and leaf partitions; one is summed only where `checksum` says so. */
	tables: readonly (QualifiedName & { checksum: boolean })[];
	sequences: readonly QualifiedName[];
	largeObjects: boolean;
}

/** One thing that is not as it was backed up, with a sentence for people. */
export interface Difference {
	object: string;
	sentence: string;
}

type TableFingerprint = PostgresFingerprint['tables'][number];

interface ExistingTable extends QualifiedName {
	/** Names of the columns, where their order is not that of the table. */
	columns: readonly string[] | null;
}

/**
 * Row texts depend on these. `row_security = off` makes the server refuse to count under a policy
 * rather than count less; an empty search_path keeps type names in texts qualified everywhere.
 */
const PINNED_SETTINGS = [
	"SET timezone = 'UTC'",
	"SET datestyle = 'ISO, MDY'",
	'SET intervalstyle = postgres',
	'SET extra_float_digits = 1',
	'SET bytea_output = hex',
	"SET lc_monetary = 'C'",
	"SET search_path = ''",
	'SET row_security = off',
].join('; ');

/** What a copy has to be asked for, so that its fingerprint can be compared with `expected`. */
export function scopeOf(expected: PostgresFingerprint): FingerprintScope {
	return {
		tables: expected.tables.map(({ schema, name, checksum }) => ({
			schema,
			name,
			checksum: checksum !== undefined,
		})),
		sequences: expected.sequences,
		largeObjects: expected.largeObjects !== undefined,
	};
}

/**
 * Counts rows and sums their hashes, in one scan per table, inside the transaction that `client` has
 * open (it needs one, for the savepoints). Leaves the session's settings changed until that
 * transaction is rolled back.
 *
 * What does not exist in the database is left out. A table whose rows the server cannot turn into
 * text (a row above 1 GB, a type without output) is counted only; `onUnsummed` is told why.
 */
export async function takeFingerprint(
	client: ClientBase,
	scope: FingerprintScope,
	onUnsummed: (table: QualifiedName, reason: string) => void = () => undefined,
): Promise<PostgresFingerprint> {
	await client.query(PINNED_SETTINGS);
	const existing = await existingTables(client, scope.tables);
	const tables: TableFingerprint[] = [];
	for (const table of scope.tables) {
		const found = existing.get(keyOf(table));
		if (!found) continue;
		const summed = table.checksum ? await sumTable(client, found, onUnsummed) : undefined;
		tables.push(summed ?? (await countTable(client, table)));
	}
	return {
		component: 'postgres',
		countedIn: 'snapshot',
		checksums: scope.tables.some(({ checksum }) => checksum),
		tables,
		sequences: await lastValues(client, scope.sequences),
		...(scope.largeObjects ? { largeObjects: { count: await countLargeObjects(client) } } : {}),
	};
}

/**
 * What `actual` lacks of `expected`; an empty list means equal. Tables that only `actual` has are
 * not looked at, nor are large objects beyond the expected ones in a `shared` database, which held others
 * before. Sequences ignore snapshots, so one may be ahead, but not behind.
 */
export function compareFingerprints(
	expected: PostgresFingerprint,
	actual: PostgresFingerprint,
	copy: 'alone' | 'shared' = 'alone',
): Difference[] {
	const tables = new Map(actual.tables.map((table) => [keyOf(table), table]));
	const sequences = new Map(actual.sequences.map((sequence) => [keyOf(sequence), sequence]));
	return [
		...expected.tables.flatMap((table) => compareTable(table, tables.get(keyOf(table)))),
		...expected.sequences.flatMap(({ schema, name, lastValue }) => {
			const other = sequences.get(keyOf({ schema, name }));
			const object = `${schema}.${name}`;
			if (!other) return [{ object, sentence: `The sequence ${object} is missing.` }];
			if (lastValue === null) return [];
			if (other.lastValue !== null && BigInt(other.lastValue) >= BigInt(lastValue)) return [];
			const found = other.lastValue === null ? 'was never used' : `stands at ${other.lastValue}`;
			return [
				{ object, sentence: `The sequence ${object} ${found}, the backup recorded ${lastValue}.` },
			];
		}),
		...compareLargeObjects(expected.largeObjects?.count, actual.largeObjects?.count, copy),
	];
}

function compareTable(expected: TableFingerprint, actual?: TableFingerprint): Difference[] {
	const object = `${expected.schema}.${expected.name}`;
	if (!actual) {
		return [
			{ object, sentence: `${object} is missing, the backup recorded ${rows(expected.rows)}.` },
		];
	}
	if (actual.rows !== expected.rows) {
		const recorded = expected.rows.toLocaleString('en-US');
		return [
			{ object, sentence: `${object} has ${rows(actual.rows)}, the backup recorded ${recorded}.` },
		];
	}
	const { checksum } = expected;
	if (checksum === undefined || checksum === actual.checksum) return [];
	const sentence =
		actual.checksum === undefined
			? `The content of ${object} could not be compared, only its ${rows(expected.rows)}.`
			: `${object} has the right number of rows, but their content differs from the backup's.`;
	return [{ object, sentence }];
}

function compareLargeObjects(
	expected: number | undefined,
	actual: number | undefined,
	copy: 'alone' | 'shared',
): Difference[] {
	if (expected === undefined || actual === undefined || expected === actual) return [];
	if (copy === 'shared' && actual > expected) return [];
	const sentence = `There are ${actual.toLocaleString('en-US')} large objects, the backup recorded ${expected.toLocaleString('en-US')}.`;
	return [{ object: 'large objects', sentence }];
}

async function sumTable(
	client: ClientBase,
	table: ExistingTable,
	onUnsummed: (table: QualifiedName, reason: string) => void,
): Promise<TableFingerprint | undefined> {
	await client.query('SAVEPOINT fingerprint_table');
	try {
		// No cast, since the owner of a table can define one from its rows to text, whose function would
		// run with our rights.
		const result = await client.query<{ rows: string; checksum: string }>(
			`SELECT count(*)::text AS rows,
				coalesce(sum(hashtextextended(textin(record_out(${rowOf(table)})), 0)), 0)::text AS checksum
			FROM ONLY ${quoted(table)} __row`,
		);
		await client.query('RELEASE SAVEPOINT fingerprint_table');
		return {
			...names(table),
			rows: count(result.rows[0]?.rows),
			checksum: result.rows[0]?.checksum,
		};
	} catch (error) {
		// A lost connection or a cancel is no property of the table.
		if (!(error instanceof DatabaseError) || error.code?.startsWith('57')) throw error;
		await client.query('ROLLBACK TO SAVEPOINT fingerprint_table');
		onUnsummed(names(table), error.message);
		return undefined;
	}
}

/** `x.*` and `x.name`, since a column could have the alias's own name. */
function rowOf({ columns }: ExistingTable): string {
	if (columns === null) return '__row.*';
	return `ROW(${columns.map((name) => `__row.${escapeIdentifier(name)}`).join(', ')})`;
}

async function countTable(client: ClientBase, table: QualifiedName): Promise<TableFingerprint> {
	const result = await client.query<{ rows: string }>(
		`SELECT count(*)::text AS rows FROM ONLY ${quoted(table)}`,
	);
	return { ...names(table), rows: count(result.rows[0]?.rows) };
}

/**
 * The columns of a table that inherits are taken by name: a column that was added to its parent later
 * comes last in the source, but in a copy, which has it from the start, before the table's own.
 */
async function existingTables(
	client: ClientBase,
	tables: readonly QualifiedName[],
): Promise<Map<string, ExistingTable>> {
	const result = await client.query<ExistingTable>(
		`SELECT n.nspname AS schema, c.relname AS name,
			CASE WHEN NOT c.relispartition
				AND EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)
			THEN ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
				WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
				ORDER BY a.attname) END AS columns
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'r' AND n.nspname = ANY ($1)`,
		[[...new Set(tables.map(({ schema }) => schema))]],
	);
	return new Map(result.rows.map((table) => [keyOf(table), table]));
}

async function lastValues(
	client: ClientBase,
	sequences: readonly QualifiedName[],
): Promise<PostgresFingerprint['sequences']> {
	if (sequences.length === 0) return [];
	const wanted = new Set(sequences.map(keyOf));
	const result = await client.query<QualifiedName & { lastValue: string | null }>(
		`SELECT schemaname AS schema, sequencename AS name, last_value::text AS "lastValue"
		FROM pg_catalog.pg_sequences WHERE schemaname = ANY ($1) ORDER BY 1, 2`,
		[[...new Set(sequences.map(({ schema }) => schema))]],
	);
	return result.rows.filter((row) => wanted.has(keyOf(row)));
}

async function countLargeObjects(client: ClientBase): Promise<number> {
	const result = await client.query<{ count: string }>(
		'SELECT count(*)::text AS count FROM pg_catalog.pg_largeobject_metadata',
	);
	return count(result.rows[0]?.count);
}

function names({ schema, name }: QualifiedName): QualifiedName {
	return { schema, name };
}

function quoted({ schema, name }: QualifiedName): string {
	return `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
}

function count(digits: string | undefined): number {
	return Number(digits ?? 0);
}

function rows(number: number): string {
	return `${number.toLocaleString('en-US')} ${number === 1 ? 'row' : 'rows'}`;
}
