import { type Client, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg';
import type { Manifest } from '../../repository/manifest';

type Properties = Manifest['source']['properties'];

/** What the server says to a locale that it does not have, or not with this encoding. */
const LOCALE_REFUSED = new Set(['22023', '42809', '42704', '0A000', '42601', '42P17', '22P02']);
const PROVIDERS = ['libc', 'icu', 'builtin'];

/**
 * Creates an empty database with the source's encoding and locale. Where the server does not have
 * that locale, its own is used, or C where that one is not for this encoding; resolves with a warning that
 * says which, and what to do.
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
	const plain = ["LC_COLLATE 'C'", "LC_CTYPE 'C'"];
	// The server's own locale may be of a provider that has nothing for this encoding.
	const libc = source.serverVersion >= 150000 ? ['LOCALE_PROVIDER libc'] : [];
	const attempts = [own, [], [...plain, ...libc]];
	const used = ["the server's default", 'C'];
	for (const [index, locale] of attempts.entries()) {
		try {
			await maintenance.query(
				`CREATE DATABASE ${escapeIdentifier(name)} ${[...base, ...locale].join(' ')}`,
			);
			const instead = used[index - 1];
			return instead === undefined ? [] : [localeWarning(source.properties, instead)];
		} catch (error) {
			const refused = error instanceof DatabaseError && LOCALE_REFUSED.has(error.code ?? '');
			if (!refused || index === attempts.length - 1) throw error;
		}
	}
	throw new Error('unreachable');
}

function localeClauses(properties: Properties, serverVersion: number): string[] {
	const { collate, ctype, icuLocale, icuRules } = properties;
	const provider = PROVIDERS.find((name) => name === properties.localeProvider);
	return [
		...(collate ? [`LC_COLLATE ${escapeLiteral(collate)}`] : []),
		...(ctype ? [`LC_CTYPE ${escapeLiteral(ctype)}`] : []),
		...(provider && serverVersion >= 150000 ? [`LOCALE_PROVIDER ${provider}`] : []),
		...(icuLocale && provider === 'icu' ? [`ICU_LOCALE ${escapeLiteral(icuLocale)}`] : []),
		...(icuRules && serverVersion >= 160000 ? [`ICU_RULES ${escapeLiteral(icuRules)}`] : []),
		...(icuLocale && provider === 'builtin' ? [`BUILTIN_LOCALE ${escapeLiteral(icuLocale)}`] : []),
	];
}

function localeWarning(
	{ encoding, localeProvider, collate, icuLocale }: Properties,
	instead: string,
): string {
	const locale = icuLocale ?? collate ?? 'of the source';
	const provider = localeProvider === undefined ? '' : ` of ${localeProvider}`;
	const forEncoding = encoding === undefined ? '' : ` for the encoding ${encoding}`;
	return `The server does not have the locale ${locale}${provider}${forEncoding}; ${instead} is used, so texts may sort differently. To keep it, install the locale on the server, start that again, and restore once more.`;
}
