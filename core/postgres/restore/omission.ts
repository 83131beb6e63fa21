import { dependentsOf, withDependents } from '../archive/dependents';
import type { ArchiveToc, TocEntry } from '../archive/toc';

const STATES = new Set(['SEQUENCE SET', 'BLOBS', 'BLOB', 'BLOB METADATA']);

export interface Omission {
	/** The entries that were asked for and all that needs them. */
	readonly ids: ReadonlySet<number>;
	/** Those of `ids` that hold data, which must not get lost. */
	readonly withData: readonly TocEntry[];
	/** Those of `ids` that people have a name for, less the ones that were asked for. */
	readonly dependents: readonly TocEntry[];
}

/** What has to be left out with `entries`, because it cannot be there without them. */
export function omit({ entries: all }: ArchiveToc, entries: readonly TocEntry[]): Omission {
	const asked = new Set(entries);
	const closure = withDependents(entries, dependentsOf(all));
	return {
		ids: new Set(closure.map(({ id }) => id)),
		withData: closure.filter(({ hadData, kind }) => hadData || STATES.has(kind)),
		dependents: closure.filter((entry) => !asked.has(entry) && isNamed(entry)),
	};
}

/** Comments and grants go without saying. */
function isNamed({ kind }: TocEntry): boolean {
	return !['COMMENT', 'ACL', 'SECURITY LABEL', 'PUBLICATION TABLE', 'USER MAPPING'].includes(kind);
}
