#!/usr/bin/env node
import { CancelledError, DisasterRecoveryError } from '../core/errors';
import type { Surroundings } from './command';
import { commands } from './commands';
import { surroundings } from './console/surroundings';
import { EXIT } from './exit-code';
import { helpOn } from './help';
import { UsageError } from './usage-error';

async function main(args: readonly string[], around: Surroundings): Promise<number> {
	const [first = '', second = ''] = args;
	const asksHelp = first === 'help' || args.includes('--help');
	const words = args.filter((word) => word !== '--help').slice(first === 'help' ? 1 : 0);
	const [name, command] =
		[...commands].find(([known]) => known === first || known === `${first} ${second}`) ?? [];
	if (command && name && !asksHelp) {
		return await command.run(args.slice(name.split(' ').length), around);
	}
	const write = asksHelp ? around.print : around.tell;
	for (const line of helpOn(words)) write(line);
	return asksHelp ? EXIT.done : EXIT.usage;
}

function exitCodeOf(error: unknown): number {
	if (error instanceof CancelledError) return EXIT.cancelled;
	return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}

const args = process.argv.slice(2);
const around = surroundings();
main(args, around).then(
	(code) => {
		process.exitCode = code;
	},
	(error: unknown) => {
		const isKnown = error instanceof DisasterRecoveryError;
		const message = error instanceof Error ? error.message : String(error);
		const hint = isKnown
			? error.hint
			: 'This was not expected. Please report it with this message.';
		if (args.includes('--json')) around.print(JSON.stringify({ error: message, hint }));
		around.tell(`${message} ${hint}`);
		process.exitCode = exitCodeOf(error);
	},
);
