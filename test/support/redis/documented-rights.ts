import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = join(__dirname, '../../../docs/credentials.md');

/** What docs/credentials.md says to give to a user, for backups and restores by this method. */
export function documentedRights(method: string): string[] {
	const page = readFileSync(PAGE, 'utf8');
	const sections = page.split(/^#+ /m).filter((text) => text.startsWith('Redis: rights'));
	const lines = sections.map((text) => {
		const paragraph = text.slice(text.indexOf(method));
		return /^ACL SETUSER \S+ on >… (.*)$/m.exec(paragraph)?.[1]?.split(' ') ?? [];
	});
	const missing = lines.length !== 2 || lines.some(({ length }) => length === 0);
	if (missing) throw new Error(`The page does not list the rights for "${method}" twice.`);
	return lines.flat();
}
