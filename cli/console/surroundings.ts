import type { Surroundings } from '../command';
import { watchForCancel } from './cancellation';
import { openTerminal } from './terminal';

const ERASE_LINE = '\r\u001b[K';

/** This process, as the commands see it. */
export function surroundings(): Surroundings {
	const { stdin, stdout, stderr } = process;
	// Whoever reads may stop reading, as `head` does, or may have gone with the terminal.
	for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
	let isShowing = false;
	const tell = (line: string) => {
		stderr.write(`${isShowing ? ERASE_LINE : ''}${printable(line)}\n`);
		isShowing = false;
	};
	let signal: AbortSignal | undefined;
	return {
		env: process.env,
		terminal: openTerminal(stdin, stderr, () => signal),
		isWatched: stderr.isTTY,
		print: (line) => {
			// Where both are the same screen, what is being shown has a line of its own.
			if (isShowing) stderr.write('\n');
			isShowing = false;
			stdout.write(`${printable(line)}\n`);
		},
		tell,
		show: (line) => {
			stderr.write(`${ERASE_LINE}${printable(line)}`);
			isShowing = true;
		},
		cancellation: () => (signal ??= watchForCancel(tell)),
	};
}

/** Names in a repository or of a server must not command the terminal of whoever reads them. */
function printable(line: string): string {
	return line.replace(/[^\P{Cc}\t]/gu, '?');
}
