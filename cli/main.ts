#!/usr/bin/env node
import { DisasterRecoveryError } from '../core/errors';
import * as installWorkflows from './install-workflows/command';

const commands = { 'install-workflows': installWorkflows };

const HELP = `npx n8n-nodes-disaster-recovery <command>

${Object.values(commands)
	.map(({ usage }) => usage)
	.join('\n\n')}
`;

async function main([name = '', ...args]: string[]): Promise<number> {
	const command = Object.entries(commands).find(([known]) => known === name)?.[1];
	if (!command || args.includes('--help')) {
		process.stdout.write(HELP);
		return command || /^(--help|help)$/.test(name) ? 0 : 64;
	}
	return await command.run(args, process.env, (line) => process.stdout.write(`${line}\n`));
}

main(process.argv.slice(2)).then(
	(code) => {
		process.exitCode = code;
	},
	(error: unknown) => {
		const hint = error instanceof DisasterRecoveryError ? ` ${error.hint}` : '';
		process.stderr.write(`${error instanceof Error ? error.message : String(error)}${hint}\n`);
		process.exitCode = 1;
	},
);
