import { escapeIdentifier, escapeLiteral } from 'pg';
import type { TocEntry } from '../../archive/toc';

/** `COLLATE pg_catalog."de-x-icu"`, or without the schema where the server has written it. */
const COLLATE = /\bCOLLATE (?:pg_catalog\.)?(?:"((?:[^"]|"")+)"|([a-z_][a-z0-9_$]*))(?!\.)/g;

/**
 * Statements that create the collations which a definition takes from the server: those that Postgres
 * finds in the operating system or the ICU library when a cluster is made. The test database has nearly
 * none of them, but the ICU library to make them of. Those that exist are left alone.
 */
export function collationStatements(entries: readonly TocEntry[]): string[] {
	const names = new Set<string>();
	for (const { definition } of entries) {
		for (const [, quoted, plain] of definition?.matchAll(COLLATE) ?? []) {
			const name = quoted?.replaceAll('""', '"') ?? plain;
			if (name !== undefined) names.add(name);
		}
	}
	return [...names].map(
		(name) =>
			`CREATE COLLATION IF NOT EXISTS pg_catalog.${escapeIdentifier(name)} (provider = icu, locale = ${escapeLiteral(languageTag(name))})`,
	);
}

/** `cs-CZ-x-icu` and `cs_CZ.utf8` are names for what is `cs-CZ`. */
function languageTag(name: string): string {
	return name
		.replace(/-x-icu$/, '')
		.replace(/[.@].*$/, '')
		.replaceAll('_', '-');
}
