import { join } from 'node:path';
import type { SnapshotMethod } from '../../../core/redis/create-snapshot';
import type { RestoreSnapshotInput } from '../../../core/redis/restore/restore-snapshot';
import type { RedisServer } from '../../../core/redis/server';
import type { BackupRef } from '../../../core/repository/catalogue';
import type { RepositorySettings } from '../../../core/repository/repository';
import { type OperationResult, runScript } from '../operation';

type Stored = { repository: RepositorySettings; backup: BackupRef };

/** What `operation.mjs` in this folder can do. */
export type RedisOperation = { server: RedisServer } & (
	| { kind: 'wire' }
	| { kind: 'create'; repository: RepositorySettings; method: SnapshotMethod }
	| ({
			kind: 'restore';
			method: 'replication' | 'commands';
			mode: RestoreSnapshotInput['mode'];
	  } & Stored)
	/** A plain pipeline of the commands in a backup that was made by commands. */
	| ({ kind: 'pipeline' } & Stored)
);

/** Does one operation in a fresh process. */
export async function runRedis(
	operation: RedisOperation,
	signal: AbortSignal,
): Promise<OperationResult> {
	return await runScript(join(__dirname, 'operation.mjs'), operation, signal);
}
