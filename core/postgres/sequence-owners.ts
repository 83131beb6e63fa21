import { type ClientBase, DatabaseError, escapeIdentifier } from 'pg';
import { keyOf, type QualifiedName } from './qualified-name';
import { queryInPassing } from './query-in-passing';

/** Questions per query: few round trips, and not thousands of tables in one plan. */
const BATCH = 100;

/** A sequence and the column that takes its numbers from it. */
interface OwnedSequence extends QualifiedName {
	tableSchema: string;
	tableName: string;
	column: string;
	ascending: boolean;
}

/** The outermost number in use in a column. */
export interface UsedNumber {
	readonly ascending: boolean;
	readonly value: bigint;
}

/**
 * The highest number (of descending sequences the lowest) in each column of whole numbers that owns one
 * of `sequences`, by `keyOf` of the sequence; those without any, and those that may start over, are left
 * out. So are columns that cannot be read. Needs an open transaction, for the savepoints.
 */
export async function readUsedNumbers(
	client: ClientBase,
	sequences: readonly QualifiedName[],
): Promise<Map<string, UsedNumber>> {
	const wanted = new Set(sequences.map(keyOf));
	const owned = (await ownedSequences(client, sequences)).filter((one) => wanted.has(keyOf(one)));
	const used = new Map<string, UsedNumber>();
	for (let start = 0; start < owned.length; start += BATCH) {
		const batch = owned.slice(start, start + BATCH);
		for (const { place, value } of await outermost(client, batch)) {
			const sequence = batch[place];
			if (!sequence || value === null) continue;
			used.set(keyOf(sequence), { ascending: sequence.ascending, value: BigInt(value) });
		}
	}
	return used;
}

/** Whether the next number of a sequence may be in use; `isCalled` as in `setval`. */
export function isBehind(used: UsedNumber, last: string, isCalled: boolean): boolean {
	const distance = used.ascending ? used.value - BigInt(last) : BigInt(last) - used.value;
	return isCalled ? distance > 0n : distance >= 0n;
}

async function outermost(
	client: ClientBase,
	batch: readonly OwnedSequence[],
): Promise<{ place: number; value: string | null }[]> {
	const questions = batch.map(({ tableSchema, tableName, column, ascending }, place) => {
		const table = `${escapeIdentifier(tableSchema)}.${escapeIdentifier(tableName)}`;
		const value = `${ascending ? 'max' : 'min'}(${escapeIdentifier(column)})`;
		return `SELECT ${place} AS place, ${value}::text AS value FROM ${table}`;
	});
	try {
		const [rows = []] = await queryInPassing<{ place: number; value: string | null }>(client, [
			questions.join(' UNION ALL '),
		]);
		return rows;
	} catch (error) {
		// A lost connection or a cancel says nothing about the tables.
		if (!(error instanceof DatabaseError) || error.code?.startsWith('57')) throw error;
		return [];
	}
}

async function ownedSequences(
	client: ClientBase,
	sequences: readonly QualifiedName[],
): Promise<OwnedSequence[]> {
	const { rows } = await client.query<OwnedSequence>(
		`SELECT n.nspname AS schema, s.relname AS name, tn.nspname AS "tableSchema",
			t.relname AS "tableName", a.attname AS column, q.seqincrement > 0 AS ascending
		FROM pg_catalog.pg_depend d
		JOIN pg_catalog.pg_sequence q ON q.seqrelid = d.objid AND NOT q.seqcycle
		JOIN pg_catalog.pg_class s ON s.oid = d.objid
		JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
		JOIN pg_catalog.pg_class t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p')
		JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
		JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
		WHERE d.classid = 'pg_catalog.pg_class'::regclass
			AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
			AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
			AND n.nspname = ANY ($1)
			AND has_schema_privilege(tn.oid, 'USAGE') AND has_table_privilege(t.oid, 'SELECT')
			AND NOT coalesce(row_security_active(t.oid), false)
		ORDER BY n.nspname, s.relname`,
		[[...new Set(sequences.map(({ schema }) => schema))]],
	);
	return rows;
}
