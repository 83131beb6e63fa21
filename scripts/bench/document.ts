import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const PAGE = join(__dirname, '../../docs/performance.md');

/** Puts results into their place on the page that keeps them, instead of the older ones. */
export async function document(place: string, results: string): Promise<void> {
	const [begin, end] = [`<!-- results of ${place} -->`, `<!-- end of results of ${place} -->`];
	const page = await readFile(PAGE, 'utf8');
	const [before, , after] = page.split(new RegExp(`${begin}|${end}`));
	if (before === undefined || after === undefined) {
		throw new Error(`docs/performance.md has no place for results: ${begin} … ${end}.`);
	}
	await writeFile(PAGE, `${before}${begin}\n\n${results}\n\n${end}${after}`);
}
