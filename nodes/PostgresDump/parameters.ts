import type { IExecuteFunctions } from 'n8n-workflow';
import { identifyServer } from '../../core/postgres/cluster-identity';
import type { PostgresServer } from '../../core/postgres/connection';
import type { ChosenBackup } from '../../core/repository/choose-backup';
import type { Repository } from '../../core/repository/repository';
import { chosenBackup, isBackupChosen } from '../shared/backup-choice';
import { POSTGRES_SERVER, readPostgresServer } from '../shared/credentials';

/** The server of the node's credential. */
export async function server(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<PostgresServer> {
	return readPostgresServer(await context.getCredentials(POSTGRES_SERVER, itemIndex));
}

/** Finds the backup that the fields of `backupFields` describe, for a restore to `target`. */
export async function chosenDump(
	context: IExecuteFunctions,
	repository: Repository,
	itemIndex: number,
	signal: AbortSignal | undefined,
	target?: PostgresServer,
): Promise<ChosenBackup> {
	const cluster =
		target && !isBackupChosen(context, itemIndex)
			? await identifyServer(target, signal)
			: undefined;
	return await chosenBackup(
		context,
		repository,
		itemIndex,
		{ component: 'postgres', ...(cluster !== undefined && { cluster }) },
		signal,
	);
}
