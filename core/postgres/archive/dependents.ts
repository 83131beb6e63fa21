import type { TocEntry } from './toc';

/** Entries that need others, by the id of what they need. */
export type Dependents = ReadonlyMap<number, readonly TocEntry[]>;

/** Who needs what, by the archive's own list and by what pg_dump does not write down in it. */
export function dependentsOf(entries: readonly TocEntry[]): Dependents {
	const needing = new Map<number, TocEntry[]>();
	const add = (id: number, entry: TocEntry) => {
		const list = needing.get(id);
		if (list) list.push(entry);
		else needing.set(id, [entry]);
	};
	for (const entry of entries) for (const id of entry.dependencies) add(id, entry);
	const mappings = entries.filter(({ kind }) => kind === 'USER MAPPING');
	for (const server of entries.filter(({ kind }) => kind === 'SERVER')) {
		// A user mapping lists no dependency on its server.
		for (const mapping of mappings) {
			if (mapping.tag.endsWith(` SERVER ${server.tag}`)) add(server.id, mapping);
		}
	}
	return needing;
}

/** `roots` and all that needs one of them, however indirectly; what is in `without` is not followed. */
export function withDependents(
	roots: readonly TocEntry[],
	needing: Dependents,
	without: ReadonlySet<number> = new Set(),
): TocEntry[] {
	const found = new Set(roots);
	// A set that grows while it is walked is walked to its end.
	for (const entry of found) {
		for (const next of needing.get(entry.id) ?? []) if (!without.has(next.id)) found.add(next);
	}
	return [...found];
}
