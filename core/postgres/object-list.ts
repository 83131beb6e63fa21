import type { PostgresFingerprint } from '../repository/fingerprint';
import type { ArchiveToc, TocEntry } from './archive/toc';

export type ObjectList = NonNullable<PostgresFingerprint['objects']>;

/**
 * What an archive has that is no object, or is one that no catalogue is asked for by name: settings of
 * the session and the database; rows, large objects and sequence values, which are compared by
 * themselves; and what belongs to another object without a name of its own (comments, labels, grants).
 */
const NOT_LISTED = new Set([
	...['ENCODING', 'STDSTRINGS', 'SEARCHPATH', 'DATABASE', 'DATABASE PROPERTIES'],
	...['TABLE DATA', 'BLOB', 'BLOBS', 'BLOB METADATA', 'SEQUENCE SET', 'STATISTICS DATA'],
	...['COMMENT', 'SECURITY LABEL', 'ACL', 'ACL LANGUAGE', 'DEFAULT ACL'],
]);

/** Every object in an archive, by the kind and name that pg_dump gives it; none where names are garbled. */
export function objectsIn({ entries, textIsExact }: ArchiveToc): ObjectList | undefined {
	return textIsExact ? listObjects(entries) : undefined;
}

/** The same for some entries of an archive. */
export function listObjects(entries: readonly TocEntry[]): ObjectList {
	const groups = new Map<string, ObjectList[number]>();
	for (const { kind, schema, tag } of entries) {
		if (NOT_LISTED.has(kind)) continue;
		const key = JSON.stringify([kind, schema ?? '']);
		const group = groups.get(key) ?? { kind, schema: schema ?? '', names: [] };
		group.names.push(tag);
		groups.set(key, group);
	}
	return [...groups.values()];
}

/** What `expected` has and `found` has not; of equal names (overloaded operators), as many as are missing. */
export function missingObjects(expected: ObjectList, found: ObjectList): ObjectList {
	const counts = countNames(found);
	return expected.flatMap(({ kind, schema, names }) => {
		const missing = names.filter((name) => {
			const key = keyOf(kind, schema, name);
			const left = counts.get(key) ?? 0;
			counts.set(key, left - 1);
			return left <= 0;
		});
		return missing.length > 0 ? [{ kind, schema, names: missing }] : [];
	});
}

/** How many objects a list has. */
export function countObjects(list: ObjectList): number {
	return list.reduce((sum, { names }) => sum + names.length, 0);
}

function countNames(list: ObjectList): Map<string, number> {
	const counts = new Map<string, number>();
	for (const { kind, schema, names } of list) {
		for (const name of names) {
			const key = keyOf(kind, schema, name);
			counts.set(key, (counts.get(key) ?? 0) + 1);
		}
	}
	return counts;
}

function keyOf(...parts: readonly string[]): string {
	return JSON.stringify(parts);
}
