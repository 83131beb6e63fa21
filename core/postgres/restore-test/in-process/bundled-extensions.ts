/** Is part of every database. */
const BUILT_IN = 'plpgsql';

/** Whether the database in process can have this extension. */
export function isBundled(extension: string): boolean {
	if (extension === BUILT_IN) return true;
	try {
		require.resolve(modulePath(extension));
		return true;
	} catch {
		return false;
	}
}

/** Module of PGlite that has the extension, and the name under which it exports it. */
export function modulePath(extension: string): string {
	return `@electric-sql/pglite/contrib/${exportName(extension)}`;
}

export function exportName(extension: string): string {
	return extension.replaceAll('-', '_');
}

/** Those that have to be loaded when the database starts. */
export function toLoad(extensions: readonly string[]): string[] {
	return extensions.filter((name) => name !== BUILT_IN && isBundled(name));
}
