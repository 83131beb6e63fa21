import { BackupError } from '../errors';
import type { PostgresFingerprint } from '../repository/fingerprint';
import type { ArchiveSummary } from './archive/inspector';
import { objectsIn } from './object-list';
import { listed } from './preflight';
import { keyOf } from './qualified-name';
import type { DumpScope } from './selection';
import { isBehind, type UsedNumber } from './sequence-owners';

/** A `setval` of pg_dump: the last value, and whether it was handed out. */
const SETVAL = /, (-?\d+), (true|false)\);\s*$/;

/**
 * Compares a complete archive with what it has to hold, and returns the fingerprint to record. Throws
 * `BackupError` that names the tables when anything is missing or counted differently.
 *
 * @param counted what the server counted in the snapshot; nothing where it could not hold the tables
 * @param usedNumbers of the snapshot, by `keyOf` of the sequence
 */
export function proveArchive(
	scope: DumpScope,
	summary: ArchiveSummary,
	counted: PostgresFingerprint | undefined,
	usedNumbers: ReadonlyMap<string, UsedNumber> = new Map(),
): { fingerprint: PostgresFingerprint; warnings: string[] } {
	const inArchive = new Map(summary.tables.map((table) => [keyOf(table), table.rows]));
	const inSnapshot = new Map(counted?.tables.map((table) => [keyOf(table), table]) ?? []);
	const problems: string[] = [];
	const tables: PostgresFingerprint['tables'] = [];
	for (const { schema, name, identifier } of scope.tablesWithData) {
		const rows = inArchive.get(keyOf({ schema, name }));
		const expected = inSnapshot.get(keyOf({ schema, name }));
		if (rows === undefined) problems.push(`${identifier} is not in it`);
		else if (counted && !expected) problems.push(`${identifier} was not counted in the snapshot`);
		else if (expected && expected.rows !== rows) {
			problems.push(`${identifier} has ${rows} rows instead of ${expected.rows}`);
		} else tables.push(expected ?? { schema, name, rows });
	}
	const largeObjects = scope.largeObjects ? counted?.largeObjects?.count : 0;
	if (largeObjects !== undefined && largeObjects !== summary.largeObjects) {
		problems.push(`it has ${summary.largeObjects} large objects instead of ${largeObjects}`);
	}
	if (problems.length > 0) {
		throw new BackupError(`The dump does not hold what the database held: ${listed(problems)}.`, {
			hint: 'Nothing was stored. Run the backup again; if it happens again, try the other engine.',
		});
	}
	const objects = objectsIn(summary);
	return {
		fingerprint: {
			component: 'postgres',
			countedIn: counted ? 'snapshot' : 'archive',
			checksums: counted?.checksums ?? false,
			tables,
			sequences: sequencesOf(summary, usedNumbers),
			largeObjects: counted?.largeObjects ?? { count: summary.largeObjects },
			...(objects && { objects }),
		},
		warnings: warnAboutOthers(scope, summary),
	};
}

/**
 * Sequences ignore snapshots: only the archive knows at which value it caught each of them. One that
 * was never used has no last value, as in `pg_sequences`.
 */
function sequencesOf(
	{ entries }: ArchiveSummary,
	usedNumbers: ReadonlyMap<string, UsedNumber>,
): PostgresFingerprint['sequences'] {
	return entries
		.filter(({ kind }) => kind === 'SEQUENCE SET')
		.map(({ schema, tag, definition }) => {
			const [, value, used] = SETVAL.exec(definition ?? '') ?? [];
			if (value === undefined) {
				throw new BackupError(
					`The dump sets the sequence ${tag} in a way that is not understood.`,
					{
						hint: 'Choose the other engine, and report this with the version of pg_dump.',
					},
				);
			}
			const name = { schema: schema ?? '', name: tag };
			const number = usedNumbers.get(keyOf(name));
			return {
				...name,
				lastValue: used === 'true' ? value : null,
				...(number && { behind: isBehind(number, value, used === 'true') }),
			};
		});
}

/** Rows that extensions asked pg_dump to take along: a copy of the extension brings others. */
function warnAboutOthers(scope: DumpScope, summary: ArchiveSummary): string[] {
	const known = new Set(scope.tablesWithData.map(keyOf));
	const others = summary.tables.filter((table) => !known.has(keyOf(table)));
	if (others.length === 0) return [];
	const names = others.map(({ schema, name, rows }) => `${schema}.${name} (${rows} rows)`);
	return [
		`Tables of extensions are in the dump, but were counted there alone and are not compared after a restore: ${listed(names)}.`,
	];
}
