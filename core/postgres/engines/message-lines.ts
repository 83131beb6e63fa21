import type { Readable } from 'node:stream';

const MAX_LINES = 200;
const MAX_LINE_LENGTH = 1_000;

/**
 * Collects what a program says on its error output: the last 200 lines, each cut at 1,000
 * characters, since a program in trouble may say the same a million times. The end counts most.
 */
export function collectLines(stream: Readable): { readonly lines: readonly string[] } {
	const lines: string[] = [];
	let unfinished = '';
	const add = (line: string) => {
		if (line.trim() === '') return;
		lines.push(line.trimEnd());
		if (lines.length > MAX_LINES) lines.shift();
	};
	stream.setEncoding('utf8');
	stream.on('data', (text: string) => {
		const parts = (unfinished + text).split('\n');
		unfinished = (parts.pop() ?? '').slice(0, MAX_LINE_LENGTH);
		for (const part of parts) add(part.slice(0, MAX_LINE_LENGTH));
	});
	stream.on('end', () => add(unfinished));
	// The end of the program tells what happened; a broken pipe to it adds nothing.
	stream.on('error', () => undefined);
	return { lines };
}
