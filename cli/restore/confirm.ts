import { CancelledError } from '../../core/errors';
import type { Surroundings } from '../command';
import { UsageError } from '../usage-error';

/** Options of everything that changes a server or a file; read by `confirm`. */
export const confirmOptions = {
	'yes-restore-into': { type: 'string' },
	json: { type: 'boolean' },
} as const;

export const confirmUsage = `  --yes-restore-into <name>  for scripts: the name that a person would type
  --json                     the result as JSON on standard output`;

export interface ConfirmValues {
	readonly 'yes-restore-into'?: string;
	readonly json?: boolean;
}

/** Throws `UsageError` where nobody can be asked and nobody has said yes; before anything is contacted. */
export function requireConsent(
	{ 'yes-restore-into': yes }: ConfirmValues,
	{ terminal }: Pick<Surroundings, 'terminal'>,
): void {
	if (yes !== undefined || terminal) return;
	throw new UsageError('Nobody can be asked, as standard input is no terminal.', {
		hint: 'Add --yes-restore-into with the name of what is restored into.',
	});
}

/**
 * Shows what will be done, and resolves once the name of the target was typed or given. Rejects with
 * `CancelledError` for anything else that was typed, and with `UsageError` for anything else given.
 */
export async function confirm(
	target: string,
	summary: readonly string[],
	{ 'yes-restore-into': yes }: ConfirmValues,
	{ terminal, tell }: Pick<Surroundings, 'terminal' | 'tell'>,
): Promise<void> {
	for (const line of summary) tell(line);
	if (yes === undefined && terminal) {
		const typed = await terminal.ask(`Type ${target} to go on, anything else to stop: `);
		if (typed.trim() === target) return;
		throw new CancelledError(`The name ${target} was not typed, so nothing was done.`, {
			hint: 'Run the command again when you are sure.',
		});
	}
	if (yes === target) return;
	throw new UsageError(`--yes-restore-into says ${JSON.stringify(yes)}, and not ${target}.`, {
		hint: 'Nothing was done. Give the name of what is really restored into.',
	});
}
