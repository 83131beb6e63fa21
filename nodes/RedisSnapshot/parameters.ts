import type { IExecuteFunctions } from 'n8n-workflow';
import type { RedisServer } from '../../core/redis/server';
import { COMPONENT } from '../../core/redis/snapshot-facts';
import type { ChosenBackup } from '../../core/repository/choose-backup';
import type { Repository } from '../../core/repository/repository';
import { chosenBackup } from '../shared/backup-choice';
import { readRedisServer, REDIS_SERVER } from '../shared/credentials';

/** The server of the node's credential. */
export async function server(context: IExecuteFunctions, itemIndex: number): Promise<RedisServer> {
	return readRedisServer(await context.getCredentials(REDIS_SERVER, itemIndex));
}

/** Finds the backup that the fields of `backupFields` describe. */
export async function chosenSnapshot(
	context: IExecuteFunctions,
	repository: Repository,
	itemIndex: number,
	signal: AbortSignal | undefined,
): Promise<ChosenBackup> {
	return await chosenBackup(context, repository, itemIndex, { component: COMPONENT }, signal);
}
