import type { ClientBase } from 'pg';
import type { PostgresFingerprint } from '../repository/fingerprint';
import { type CountedTable, countTables, type TableFingerprint } from './count-tables';
import { fingerprintLargeObjects } from './large-object-sum';
import { keyOf, type QualifiedName } from './qualified-name';
import { readSequenceValues } from './sequence-values';

/** What a fingerprint has to cover. */
export interface FingerprintScope {
	/** Ordinary tables and leaf partitions; one is summed only where `checksum` says so. */
	tables: readonly CountedTable[];
	sequences: readonly QualifiedName[];
	/** Whether to count them; and to sum up their content too, for `checksum`. */
	largeObjects: boolean | 'checksum';
}

/** One thing that is not as it was backed up, with a sentence for people. */
export interface Difference {
	object: string;
	sentence: string;
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
		largeObjects: expected.largeObjects?.checksum
			? 'checksum'
			: expected.largeObjects !== undefined,
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
	onUnsummed: (object: string, reason: string) => void = () => undefined,
): Promise<PostgresFingerprint> {
	await client.query(PINNED_SETTINGS);
	const tables = await countTables(client, scope.tables, ({ schema, name }, reason) =>
		onUnsummed(`${schema}.${name}`, reason),
	);
	return {
		component: 'postgres',
		countedIn: 'snapshot',
		checksums: scope.tables.some(({ checksum }) => checksum),
		tables,
		sequences: await readSequenceValues(client, scope.sequences),
		...(scope.largeObjects && {
			largeObjects: await fingerprintLargeObjects(client, scope.largeObjects, (reason) =>
				onUnsummed('The content of the large objects', reason),
			),
		}),
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
		...compareLargeObjects(expected.largeObjects, actual.largeObjects, copy),
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
	expected: PostgresFingerprint['largeObjects'],
	actual: PostgresFingerprint['largeObjects'],
	copy: 'alone' | 'shared',
): Difference[] {
	if (!expected || !actual || (copy === 'shared' && actual.count >= expected.count)) return [];
	const object = 'large objects';
	if (expected.count !== actual.count) {
		const [found, recorded] = [actual, expected].map(({ count }) => count.toLocaleString('en-US'));
		return [
			{ object, sentence: `There are ${found} large objects, the backup recorded ${recorded}.` },
		];
	}
	if (expected.checksum === undefined || expected.checksum === actual.checksum) return [];
	const sentence =
		actual.checksum === undefined
			? 'The content of the large objects could not be compared, only their number.'
			: "There are as many large objects as there were, but their content differs from the backup's.";
	return [{ object, sentence }];
}

function rows(number: number): string {
	return `${number.toLocaleString('en-US')} ${number === 1 ? 'row' : 'rows'}`;
}
