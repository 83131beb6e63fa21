import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/**
 * Runs a script that reads JSON from its standard input and writes a line of JSON for each step;
 * `onLine` hears what it says, and may end it. Resolves with its last line when it has ended.
 */
export async function talkTo<Said>(
	script: string,
	input: unknown,
	onLine: (said: Said, kill: () => void) => void = () => undefined,
): Promise<Said | undefined> {
	const child = spawn(process.execPath, [script], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	const exited = once(child, 'exit');
	const kill = () => void child.kill('SIGKILL');
	child.stdin.end(JSON.stringify(input));
	let last: Said | undefined;
	for await (const line of createInterface({ input: child.stdout })) {
		last = JSON.parse(line) as Said;
		onLine(last, kill);
	}
	await exited;
	return last;
}
