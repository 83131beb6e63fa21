import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const PAGE = join(__dirname, '../../docs/performance.md');
const [BEGIN, END] = ['<!-- results -->', '<!-- end of results -->'];

/** Puts results in the place of the older ones on the page that keeps them. */
export async function document(results: string): Promise<void> {
	const page = await readFile(PAGE, 'utf8');
	const [before, , after] = page.split(new RegExp(`${BEGIN}|${END}`));
	if (before === undefined || after === undefined) {
		throw new Error(`docs/performance.md has no place for results: ${BEGIN} … ${END}.`);
	}
	await writeFile(PAGE, `${before}${BEGIN}\n\n${results}\n\n${END}${after}`);
}
