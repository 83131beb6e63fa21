import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import type { PostgresFingerprint } from '../repository/fingerprint';
import { keyOf, type QualifiedName } from './qualified-name';
import { queryInPassing } from './query-in-passing';

type SequenceValue = PostgresFingerprint['sequences'][number];

const SEQUENCES_PER_ROUND_TRIP = 100;

/** Where a sequence stands, as `setval` takes it. */
export interface SequenceState {
	/** The last number that was handed out, or the first one to be. */
	value: string;
	isCalled: boolean;
}

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
	const existing = await existingSequences(client, sequences);
	const states = await readSequenceStates(
		client,
		existing.filter(({ readable }) => readable),
	);
	return existing.map(({ schema, name }) => {
		const state = states.get(keyOf({ schema, name }));
		// A value that was never handed out is no last value.
		return { schema, name, lastValue: state?.isCalled ? state.value : null };
	});
}

/** Where each of `sequences` stands, by `keyOf`; all of them have to exist and to be readable. */
export async function readSequenceStates(
	client: ClientBase,
	sequences: readonly QualifiedName[],
): Promise<Map<string, SequenceState>> {
	const states = new Map<string, SequenceState>();
	for (let start = 0; start < sequences.length; start += SEQUENCES_PER_ROUND_TRIP) {
		const some = sequences.slice(start, start + SEQUENCES_PER_ROUND_TRIP);
		const query = some.map(stateQuery).join(' UNION ALL ');
		const [answers = []] = await queryInPassing<QualifiedName & SequenceState>(client, [query]);
		for (const { value, isCalled, ...name } of answers)
			states.set(keyOf(name), { value, isCalled });
	}
	return states;
}

async function existingSequences(
	client: ClientBase,
	sequences: readonly QualifiedName[],
): Promise<(QualifiedName & { readable: boolean })[]> {
	const wanted = new Set(sequences.map(keyOf));
	const { rows } = await client.query<QualifiedName & { readable: boolean }>(
		`SELECT n.nspname AS schema, c.relname AS name,
			pg_catalog.has_schema_privilege(n.oid, 'USAGE')
				AND pg_catalog.has_sequence_privilege(c.oid, 'SELECT') AS readable
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'S' AND n.nspname = ANY ($1) ORDER BY 1, 2`,
		[[...new Set(sequences.map(({ schema }) => schema))]],
	);
	return rows.filter((row) => wanted.has(keyOf(row)));
}

function stateQuery({ schema, name }: QualifiedName): string {
	return `SELECT ${escapeLiteral(schema)} AS schema, ${escapeLiteral(name)} AS name,
		last_value::text AS value, is_called AS "isCalled"
		FROM ${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
}
