import { type ClientBase, DatabaseError, escapeIdentifier } from 'pg';
import type { PostgresFingerprint } from '../repository/fingerprint';
import { keyOf, type QualifiedName } from './qualified-name';
import { queryInPassing } from './query-in-passing';

/** Databases of thousands of small tables are counted no faster than the network answers. */
const TABLES_PER_ROUND_TRIP = 20;

export type TableFingerprint = PostgresFingerprint['tables'][number];

/** A table, and whether it is summed or only counted. */
export type CountedTable = QualifiedName & { checksum: boolean };

interface ExistingTable extends CountedTable {
	/** Names of the columns, where their order is not that of the table. */
	columns: readonly string[] | null;
}

interface Sum {
	rows: string;
	checksum?: string;
}

/**
 * Counts rows, and where `checksum` says so sums their hashes, in one scan per table, within the
 * transaction that `client` has open. What does not exist is left out. A table whose rows the server
 * cannot turn into text is counted only; `onUnsummed` is told why.
 */
export async function countTables(
	client: ClientBase,
	tables: readonly CountedTable[],
	onUnsummed: (table: QualifiedName, reason: string) => void,
): Promise<TableFingerprint[]> {
	const existing = await existingTables(client, tables);
	const counted: TableFingerprint[] = [];
	for (let start = 0; start < existing.length; start += TABLES_PER_ROUND_TRIP) {
		const some = existing.slice(start, start + TABLES_PER_ROUND_TRIP);
		try {
			counted.push(...(await countAll(client, some)));
		} catch (error) {
			refusalOf(error);
			for (const table of some) counted.push(await countOne(client, table, onUnsummed));
		}
	}
	return counted;
}

async function countOne(
	client: ClientBase,
	table: ExistingTable,
	onUnsummed: (table: QualifiedName, reason: string) => void,
): Promise<TableFingerprint> {
	try {
		return await count(client, table);
	} catch (error) {
		const { message } = refusalOf(error);
		if (!table.checksum) throw error;
		const counted = await count(client, { ...table, checksum: false });
		onUnsummed({ schema: table.schema, name: table.name }, message);
		return counted;
	}
}

async function count(client: ClientBase, table: ExistingTable): Promise<TableFingerprint> {
	const [counted] = await countAll(client, [table]);
	if (!counted) throw new Error('The server did not answer');
	return counted;
}

async function countAll(
	client: ClientBase,
	tables: readonly ExistingTable[],
): Promise<TableFingerprint[]> {
	const answers = await queryInPassing<Sum>(client, tables.map(countQuery));
	return tables.map(({ schema, name }, index) => {
		const [sum] = answers[index] ?? [];
		if (!sum) throw new Error('The server did not answer');
		const { rows, checksum } = sum;
		return { schema, name, rows: Number(rows), ...(checksum !== undefined && { checksum }) };
	});
}

/** The server's refusal; throws anything else: a lost connection or a cancel is no property of a table. */
function refusalOf(error: unknown): DatabaseError {
	if (!(error instanceof DatabaseError) || /^(40|57)/.test(error.code ?? '')) throw error;
	return error;
}

function countQuery(table: ExistingTable): string {
	const name = `${escapeIdentifier(table.schema)}.${escapeIdentifier(table.name)}`;
	if (!table.checksum) return `SELECT count(*)::text AS rows FROM ONLY ${name}`;
	// No cast, since the owner of a table can define one from its rows to text, whose function would
	// run with our rights.
	return `SELECT count(*)::text AS rows,
			coalesce(sum(hashtextextended(textin(record_out(${rowOf(table)})), 0)), 0)::text AS checksum
		FROM ONLY ${name} __row`;
}

/** `x.*` and `x.name`, since a column could have the alias's own name. */
function rowOf({ columns }: ExistingTable): string {
	if (columns === null) return '__row.*';
	return `ROW(${columns.map((name) => `__row.${escapeIdentifier(name)}`).join(', ')})`;
}

/**
 * The columns of a table that inherits are taken by name: a column that was added to its parent later
 * comes last in the source, but in a copy, which has it from the start, before the table's own.
 */
async function existingTables(
	client: ClientBase,
	tables: readonly CountedTable[],
): Promise<ExistingTable[]> {
	const result = await client.query<Omit<ExistingTable, 'checksum'>>(
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
	const existing = new Map(result.rows.map((table) => [keyOf(table), table.columns]));
	return tables.flatMap((table) => {
		const columns = existing.get(keyOf(table));
		return columns === undefined ? [] : [{ ...table, columns }];
	});
}
