import type { IExecuteFunctions } from 'n8n-workflow';
import { identifyServer } from '../../core/postgres/cluster-identity';
import type { PostgresServer } from '../../core/postgres/connection';
import {
	type BackupChoice,
	chooseBackup,
	type ChosenBackup,
} from '../../core/repository/choose-backup';
import type { Repository } from '../../core/repository/repository';
import { POSTGRES_SERVER, readPostgresServer } from '../shared/credentials';

/** The server of the node's credential. */
export async function server(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<PostgresServer> {
	return readPostgresServer(await context.getCredentials(POSTGRES_SERVER, itemIndex));
}

/** The value of a resource locator, or `fallback` where it was left empty. */
export function located(
	context: IExecuteFunctions,
	name: string,
	itemIndex: number,
	fallback = '',
): string {
	const value = context.getNodeParameter(name, itemIndex, '', { extractValue: true }) as string;
	return value.trim() === '' ? fallback : value;
}

/** Finds the backup that the fields of `backupFields` describe, for a restore to `target`. */
export async function chosenBackup(
	context: IExecuteFunctions,
	repository: Repository,
	itemIndex: number,
	signal: AbortSignal | undefined,
	target?: PostgresServer,
): Promise<ChosenBackup> {
	const field = context.getNodeParameter('backupChoice', itemIndex) as
		Extract<BackupChoice, string> | 'chosen';
	const chosen = field === 'chosen';
	const name = chosen ? '' : (context.getNodeParameter('backupName', itemIndex, '') as string);
	const cluster = target && !chosen ? await identifyServer(target, signal) : undefined;
	return await chooseBackup(
		repository,
		{
			component: 'postgres',
			...(name.trim() !== '' && { name: name.trim() }),
			...(cluster !== undefined && { cluster }),
		},
		chosen ? { id: located(context, 'backup', itemIndex) } : field,
		signal,
	);
}

/** Whether a person has said by id or by name which backup is meant, or only "the newest". */
export function isBackupNamed(context: IExecuteFunctions, itemIndex: number): boolean {
	if (context.getNodeParameter('backupChoice', itemIndex) === 'chosen') return true;
	return (context.getNodeParameter('backupName', itemIndex, '') as string).trim() !== '';
}

/** What a person has to know about the choice, although it worked. */
export function choiceWarnings({ unavailable, notes }: ChosenBackup): string[] {
	return [
		...notes,
		...unavailable.map(
			({ store, reason }) => `${store} could not be asked, and may hold a newer backup: ${reason}`,
		),
	];
}
