import { commands } from './commands';
import { EXIT } from './exit-code';

const PROGRAM = 'npx n8n-nodes-disaster-recovery';
const EXIT_CODES = `Exit codes: ${EXIT.done} done, ${EXIT.failed} failed, ${EXIT.usage} wrong usage, ${EXIT.unfinished} something is left to do, ${EXIT.cancelled} cancelled`;

/** All about the command that these words call; else the commands that begin with them, or all. */
export function helpOn(words: readonly string[]): string[] {
	const [first = '', second = ''] = words;
	const known = commands.get(`${first} ${second}`.trim()) ?? commands.get(first);
	if (known) return [...`${PROGRAM} ${known.usage}`.split('\n'), '', EXIT_CODES];
	const names = [...commands.keys()];
	const isFamily = names.some((name) => name.startsWith(`${first} `));
	const synopses = [...commands].flatMap(([name, { usage }]) =>
		!isFamily || name.startsWith(`${first} `) ? [`  ${usage.split('\n', 1)[0]}`] : [],
	);
	return [
		...[`${PROGRAM} <command>`, '', ...synopses, ''],
		...['Add --help to a command for its options and an example.', EXIT_CODES],
	];
}
