import { type Client, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg';
import type { Manifest } from '../../repository/manifest';

type Properties = Manifest['source']['properties'];

/** What the server says to a locale that it does not have, or not with this encoding. */
const LOCALE_REFUSED = new Set(['22023', '42809', '42704', '0A000', '42601', '42P17', '22P02']);
const PROVIDERS = ['libc', 'icu', 'builtin'];

/**
 * Creates an empty database with the source's encoding and locale. Where the server does not have
 * that locale, its own is used; resolves with a warning then.
 */
export async function createDatabase(
	maintenance: Client,
	name: string,
	source: { properties: Properties; tablespace?: string; serverVersion: number },
): Promise<string[]> {
	const { encoding } = source.properties;
	// Naming even the default one takes a right on it, which an ordinary account does not have.
	const tablespace = source.tablespace === 'pg_default' ? undefined : source.tablespace;
	const base = [
		// template1 may hold objects of the site's own, which would collide with the restored ones.
		'TEMPLATE template0',
		...(encoding ? [`ENCODING ${escapeLiteral(encoding)}`] : []),
		...(tablespace ? [`TABLESPACE ${escapeIdentifier(tablespace)}`] : []),
	];
	const own = localeClauses(source.properties, source.serverVersion);
	const attempts = [own, [], ["LC_COLLATE 'C'", "LC_CTYPE 'C'"]];
	for (const [index, locale] of attempts.entries()) {
		try {
			await maintenance.query(
				`CREATE DATABASE ${escapeIdentifier(name)} ${[...base, ...locale].join(' ')}`,
			);
			return index === 0 ? [] : [localeWarning(source.properties)];
		} catch (error) {
			const refused = error instanceof DatabaseError && LOCALE_REFUSED.has(error.code ?? '');
			if (!refused || index === attempts.length - 1) throw error;
		}
	}
	throw new Error('unreachable');
}

function localeClauses(properties: Properties, serverVersion: number): string[] {
	const { collate, ctype, icuLocale } = properties;
	const provider = PROVIDERS.find((name) => name === properties.localeProvider);
	return [
		...(collate ? [`LC_COLLATE ${escapeLiteral(collate)}`] : []),
		...(ctype ? [`LC_CTYPE ${escapeLiteral(ctype)}`] : []),
		...(provider && serverVersion >= 150000 ? [`LOCALE_PROVIDER ${provider}`] : []),
		...(icuLocale && provider === 'icu' ? [`ICU_LOCALE ${escapeLiteral(icuLocale)}`] : []),
		...(icuLocale && provider === 'builtin' ? [`BUILTIN_LOCALE ${escapeLiteral(icuLocale)}`] : []),
	];
}

function localeWarning({ collate, icuLocale }: Properties): string {
	const locale = icuLocale ?? collate ?? 'of the source';
	return `The server does not have the locale ${locale}; its default is used, so texts may sort differently.`;
}
