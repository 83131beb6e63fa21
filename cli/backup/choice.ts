import {
	type BackupChoice,
	type BackupFilter,
	chooseBackup,
	type ChosenBackup,
} from '../../core/repository/choose-backup';
import { assertBackupName } from '../../core/repository/naming';
import type { Repository } from '../../core/repository/repository';

/** Options that say which backup is meant; read by `chooseBy`. */
export const choiceOptions = {
	backup: { type: 'string' },
	name: { type: 'string' },
} as const;

/** @param byDefault what is taken where nobody chooses */
export const choiceUsage = (byDefault: BackupChoice & string) => `  Which backup
  --backup <which>      newest-verified, newest, or an id from the list; ${byDefault} by default
  --name <name>         the name it was made under, where the repository has several`;

export type ChoiceValues = { readonly [Option in keyof typeof choiceOptions]?: string };

/** Finds the backup. Rejects as `chooseBackup` does. */
export async function chooseBy(
	repository: Repository,
	{ backup, name }: ChoiceValues,
	filter: BackupFilter,
	byDefault: BackupChoice,
	signal: AbortSignal,
): Promise<ChosenBackup> {
	if (name !== undefined) assertBackupName(name);
	const choice = choiceOf(backup) ?? byDefault;
	return await chooseBackup(repository, { ...filter, ...(name && { name }) }, choice, signal);
}

/** Whether one backup was named, and not "the newest". */
export function isOneNamed({ backup }: ChoiceValues): boolean {
	return typeof choiceOf(backup) === 'object';
}

function choiceOf(text: string | undefined): BackupChoice | undefined {
	if (text === undefined || text === 'newest' || text === 'newest-verified') return text;
	return { id: text };
}
