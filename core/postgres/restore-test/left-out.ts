import { dependentsOf, withDependents } from '../archive/dependents';
import type { TocEntry } from '../archive/toc';
import { keyOf, type QualifiedName } from '../qualified-name';
import { entryName } from '../restore/statement-error';
import type { Exclusion } from './restore-test';

/** Something that a test cannot hold, and why, as a sentence. */
export interface Unfit {
	readonly entry: TocEntry;
	readonly reason: string;
}

/** A table that is left out although the backup has its rows, or may have. */
export interface LostTable extends QualifiedName {
	/** Undefined where the backup did not count them. */
	readonly rows: number | undefined;
	/** What it needs that cannot be held. */
	readonly needs: Exclusion;
}

export interface LeftOut {
	/** Ids of all entries that cannot be restored. */
	readonly ids: ReadonlySet<number>;
	readonly exclusions: readonly Exclusion[];
	readonly lostTables: readonly LostTable[];
}

/** Belong to another object, or are its content: naming that one is enough. */
const PARTS = new Set([
	...['ACL', 'COMMENT', 'SECURITY LABEL', 'DEFAULT', 'DEFAULT ACL', 'TABLE DATA', 'SEQUENCE SET'],
	...['SEQUENCE OWNED BY', 'TABLE ATTACH', 'INDEX ATTACH', 'ROW SECURITY', 'STATISTICS DATA'],
	'MATERIALIZED VIEW DATA',
]);

/**
 * What has to be left out of an archive because of `unfit` entries: those, and by the archive's own
 * list of dependencies all that needs one of them, however indirectly.
 *
 * @param rowsOf rows that the backup counted, by `keyOf`
 */
export function leaveOut(
	entries: readonly TocEntry[],
	unfit: readonly Unfit[],
	rowsOf: ReadonlyMap<string, number>,
): LeftOut {
	const needing = dependentsOf(entries);
	const ids = new Set<number>();
	const lostTables: LostTable[] = [];
	const exclusions = unfit.flatMap(({ entry, reason }): Exclusion[] => {
		if (ids.has(entry.id)) return [];
		const [, ...gone] = withDependents([entry], needing, ids);
		for (const { id } of [entry, ...gone]) ids.add(id);
		const dependents = gone.filter(({ kind }) => !PARTS.has(kind)).map(nameOf);
		const exclusion = { object: nameOf(entry), reason, dependents };
		lostTables.push(
			...gone.flatMap((one) => {
				if (!one.hadData || one.kind !== 'TABLE DATA') return [];
				const table = { schema: one.schema ?? '', name: one.tag };
				const rows = rowsOf.get(keyOf(table));
				return rows === 0 ? [] : [{ ...table, rows, needs: exclusion }];
			}),
		);
		return [exclusion];
	});
	return { ids, exclusions, lostTables };
}

function nameOf(entry: TocEntry): string {
	return `${entry.kind} ${entryName(entry)}`;
}
