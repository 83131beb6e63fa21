/**
 * `npm run pictures [-- <workflow> ...]`: opens shipped workflows (by the names of their files, without
 * `.json`; else all of them) in the editor of a real n8n, takes their pictures into
 * `docs/images/workflows/<name>.png`, and writes `docs/workflows.md`, which shows all of them.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { startBrowser } from '../../test/support/browser';
import { EditorPage } from '../../test/support/editor-page';
import { shippedWorkflow } from '../../test/support/stage/shipped-workflow';
import { setStage } from '../../test/support/stage/stage';

const ROOT = join(__dirname, '../..');
const PICTURES = join(ROOT, 'docs/images/workflows');

async function main(chosen: readonly string[]): Promise<void> {
	const files = await readdir(join(ROOT, 'workflows'));
	const names = files.map((file) => file.replace(/\.json$/, '')).sort();
	const unknown = chosen.filter((name) => !names.includes(name));
	if (unknown.length > 0) throw new Error(`There is no workflow ${unknown.join(', ')}.`);
	await mkdir(PICTURES, { recursive: true });
	const stage = await setStage();
	try {
		const browser = await startBrowser();
		try {
			const editor = await EditorPage.logIn(browser, stage.n8n.url, stage.n8n.owner);
			for (const name of chosen.length > 0 ? chosen : names) {
				const { id } = await shippedWorkflow(`${name}.json`);
				await editor.openWorkflow(id);
				await editor.pictureOfCanvas(join(PICTURES, `${name}.png`));
			}
		} finally {
			await browser.close();
		}
		await writeFile(join(ROOT, 'docs/workflows.md'), await pageOf(names));
	} finally {
		await stage.clear();
	}
}

async function pageOf(names: readonly string[]): Promise<string> {
	const sections = names.map(async (name) => {
		const { name: title, description } = await shippedWorkflow(`${name}.json`);
		return `## ${title}\n\n${String(description)}\n\n![${title}](images/workflows/${name}.png)\n`;
	});
	return `# The shipped workflows\n\n${(await Promise.all(sections)).join('\n')}`;
}

main(process.argv.slice(2)).catch((error: unknown) => {
	console.error((error as Error).message);
	process.exitCode = 1;
});
