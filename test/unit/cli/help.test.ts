import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { commands } from '../../../cli/commands';
import { helpOn } from '../../../cli/help';

const ROOT = join(__dirname, '..', '..', '..');

it.each(['docs/when-n8n-is-down.md', 'docs/setting-up.md', 'README.md'])(
	'has a command for every line in %s, and tells of each option there',
	async (file) => {
		const text = await readFile(join(ROOT, file), 'utf8');
		const lines = [
			...text.matchAll(/(?:\bdr|npx n8n-nodes-disaster-recovery) ((?:\w|-)+ .*?)[`\n]/g),
		];
		const calls = lines.flatMap(([, words = '']) => (words === '' ? [] : [words.split(' ')]));
		expect(calls.length).toBeGreaterThan(0);
		for (const words of calls) {
			const help = helpOn(words);
			expect(help.join('\n')).toContain('Example:');
			for (const option of words.filter((word) => word.startsWith('--'))) {
				expect(help.join('\n')).toContain(`${option} `);
			}
		}
	},
);

it('shows one example of each command, in lines that fit a terminal of 130 columns', () => {
	for (const name of commands.keys()) {
		const lines = helpOn(name.split(' '));
		expect(lines.filter((line) => line.trim() === 'Example:')).toHaveLength(1);
		expect(lines.filter((line) => line.length > 130)).toEqual([]);
	}
});
