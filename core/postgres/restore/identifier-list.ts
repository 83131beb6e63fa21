/**
 * Splits the stored value of a list setting such as `search_path`: names separated by commas, in
 * double quotes where they need them (`"$user", public`).
 */
export function splitIdentifierList(value: string): string[] {
	const names: string[] = [];
	for (const [, quoted, plain] of value.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^",]+))\s*(?:,|$)/g)) {
		const name = quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"');
		names.push(name);
	}
	return names;
}
