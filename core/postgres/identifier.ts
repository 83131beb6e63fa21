/** The name that an identifier in SQL stands for. */
export function unquoteIdentifier(identifier: string): string {
	return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier;
}
