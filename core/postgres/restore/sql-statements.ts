/**
 * Splits SQL as pg_dump writes it for privileges: statements end in `;`, which may also stand within
 * a name in double quotes. Other kinds of quotes do not occur there.
 */
export function splitStatements(sql: string): string[] {
	const parts = sql.match(/(?:"(?:[^"]|"")*"|[^";])+/g) ?? [];
	return parts.map((part) => part.trim()).filter((part) => part !== '');
}
