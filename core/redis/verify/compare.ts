import type { RedisFingerprint } from '../../repository/fingerprint';

type Counts = Pick<RedisFingerprint, 'databases' | 'functionLibraries'>;
type Database = RedisFingerprint['databases'][number];

const NOTHING: Omit<Database, 'index'> = { keys: 0, expiring: 0, types: {} };

/**
 * What differs between what was counted in two places, in plain language. `found` and `expected` begin
 * the parts of each sentence: "The snapshot", "the backup".
 */
export function differencesBetween(
	expected: Counts,
	found: Counts,
	words: { expected: string; found: string },
): string[] {
	const indexes = new Set([...expected.databases, ...found.databases].map(({ index }) => index));
	const differences = [...indexes]
		.sort((one, other) => one - other)
		.flatMap((index) => {
			const of = ({ databases }: Counts) => databases.find((entry) => entry.index === index);
			const difference = databaseDifference(of(expected) ?? NOTHING, of(found) ?? NOTHING, words);
			return difference === undefined ? [] : [`Database ${index}: ${difference}.`];
		});
	if (expected.functionLibraries !== found.functionLibraries) {
		differences.push(
			`${words.found} has ${found.functionLibraries} function libraries, ${words.expected} ${expected.functionLibraries}.`,
		);
	}
	return differences;
}

/** The coarsest difference says most. */
function databaseDifference(
	expected: Omit<Database, 'index'>,
	found: Omit<Database, 'index'>,
	words: { expected: string; found: string },
): string | undefined {
	const versus = (what: string, one: number, other: number) =>
		one === other ? undefined : `${words.found} has ${one} ${what}, ${words.expected} ${other}`;
	const types = new Set([...Object.keys(expected.types), ...Object.keys(found.types)]);
	const byType = [...types].map((type) =>
		versus(`keys of type ${type}`, found.types[type] ?? 0, expected.types[type] ?? 0),
	);
	return (
		versus('keys', found.keys, expected.keys) ??
		byType.find((difference) => difference !== undefined) ??
		versus('keys that expire', found.expiring, expected.expiring) ??
		digestDifference(expected.digest, found.digest)
	);
}

function digestDifference(expected?: string, found?: string): string | undefined {
	if (expected === undefined || found === undefined || expected === found) return undefined;
	return 'there are as many keys, but their names, types or times of expiry differ';
}
