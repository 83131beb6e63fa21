import type { CatalogueEntry } from './catalogue';
import { VERIFICATION_LEVELS, type VerificationLevel } from './keys';
import { assertKeepRules, decideRetention, type KeepRules } from './retention';

/** Which backups of a catalogue to show. */
export interface BackupSelection {
	/** Those that have passed this level or a higher one. */
	minimumLevel?: VerificationLevel;
	newerThan?: Date;
	olderThan?: Date;
	/** Also what is no backup, because its manifest or payload is missing. */
	includeUncommitted?: boolean;
}

/** The highest level that a backup has passed; `undefined` where none was. */
export function highestLevel({ verifications }: CatalogueEntry): VerificationLevel | undefined {
	const passed = new Set(verifications.map(({ level }) => level));
	return VERIFICATION_LEVELS.findLast((level) => passed.has(level));
}

/** The entries that fit, in the same order. */
export function selectBackups(
	entries: readonly CatalogueEntry[],
	{ minimumLevel, newerThan, olderThan, includeUncommitted = false }: BackupSelection,
): CatalogueEntry[] {
	const rank = (level?: VerificationLevel) =>
		level === undefined ? -1 : VERIFICATION_LEVELS.indexOf(level);
	return entries.filter(
		(entry) =>
			(entry.committed || includeUncommitted) &&
			rank(highestLevel(entry)) >= rank(minimumLevel) &&
			(newerThan === undefined || entry.consistencyPoint > newerThan) &&
			(olderThan === undefined || entry.consistencyPoint < olderThan),
	);
}

/**
 * Why a prune would keep each of the committed backups; without a reason it would not. The entries
 * have to be all there are of their names. Throws as `assertKeepRules` does.
 */
export function retentionOf(
	entries: readonly CatalogueEntry[],
	rules: KeepRules,
	options: { timeZone: string; now: Date },
): Map<CatalogueEntry, readonly string[]> {
	assertKeepRules(rules);
	const groups = groupByName(entries.filter((entry) => entry.committed));
	const decisions = [...groups.values()].flatMap((group) => decideRetention(group, rules, options));
	return new Map(decisions.map(({ backup, reasons }) => [backup, reasons]));
}

/** The entries of each component and name, by `<component>/<name>`. */
export function groupByName<Entry extends { component: string; name: string }>(
	entries: readonly Entry[],
): Map<string, Entry[]> {
	const groups = new Map<string, Entry[]>();
	for (const entry of entries) {
		const path = `${entry.component}/${entry.name}`;
		const group = groups.get(path);
		if (group) group.push(entry);
		else groups.set(path, [entry]);
	}
	return groups;
}
