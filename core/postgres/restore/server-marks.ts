const MARK = /^pg_attver=/;
/** The line by which pg_dump sets options of a column; it writes the list as the server keeps it. */
const SET_OPTIONS = /^(ALTER (?:FOREIGN )?TABLE ONLY .+ ALTER COLUMN .+ SET \()(.*)(\);)$/gm;

/**
 * A definition without the mark `pg_attver` among the options of columns.
 *
 * Since the minor releases of November 2026 (15.20 and its like) a server keeps that mark in
 * `pg_attribute.attoptions`. The pg_dump of the same release leaves it out; an older one writes it
 * down like an option, which every other server refuses.
 */
export function withoutServerMarks(definition: string): string {
	if (!definition.includes('pg_attver=')) return definition;
	return definition.replace(
		SET_OPTIONS,
		(line: string, start: string, list: string, end: string) => {
			const options = list.split(', ');
			const own = options.filter((option) => !MARK.test(option));
			if (own.length === options.length) return line;
			return own.length === 0 ? '' : `${start}${own.join(', ')}${end}`;
		},
	);
}
