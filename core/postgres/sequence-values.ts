import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import type { PostgresFingerprint } from '../repository/fingerprint';
import { keyOf, type QualifiedName } from './qualified-name';
import { queryInPassing } from './query-in-passing';

type SequenceValue = PostgresFingerprint['sequences'][number];

const SEQUENCES_PER_ROUND_TRIP = 100;

/**
 * The last values of those of `sequences` that exist, within the transaction that `client` has open.
 * Not by way of `pg_sequences`, whose function locks every sequence until the end of the transaction.
 * One that this user may not read has no value, as in that view.
 */
export async function readSequenceValues(
	client: ClientBase,
	sequences: readonly QualifiedName[],
): Promise<SequenceValue[]> {
	if (sequences.length === 0) return [];
	const wanted = new Set(sequences.map(keyOf));
	const { rows } = await client.query<QualifiedName & { readable: boolean }>(
		`SELECT n.nspname AS schema, c.relname AS name,
			pg_catalog.has_schema_privilege(n.oid, 'USAGE')
				AND pg_catalog.has_sequence_privilege(c.oid, 'SELECT') AS readable
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'S' AND n.nspname = ANY ($1) ORDER BY 1, 2`,
		[[...new Set(sequences.map(({ schema }) => schema))]],
	);
	const existing = rows.filter((row) => wanted.has(keyOf(row)));
	const readable = existing.filter((row) => row.readable);
	const values = new Map<string, string | null>();
	for (let start = 0; start < readable.length; start += SEQUENCES_PER_ROUND_TRIP) {
		const some = readable.slice(start, start + SEQUENCES_PER_ROUND_TRIP);
		const query = some.map(valueQuery).join(' UNION ALL ');
		const [answers = []] = await queryInPassing<SequenceValue>(client, [query]);
		for (const answer of answers) values.set(keyOf(answer), answer.lastValue);
	}
	return existing.map((sequence) => ({
		...{ schema: sequence.schema, name: sequence.name },
		lastValue: values.get(keyOf(sequence)) ?? null,
	}));
}

/** A value that was never handed out is no last value. */
function valueQuery({ schema, name }: QualifiedName): string {
	return `SELECT ${escapeLiteral(schema)} AS schema, ${escapeLiteral(name)} AS name,
		CASE WHEN is_called THEN last_value END::text AS "lastValue"
		FROM ${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
}
