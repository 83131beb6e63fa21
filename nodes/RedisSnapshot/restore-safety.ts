import { IntegrityError } from '../../core/errors';
import { createSnapshot } from '../../core/redis/create-snapshot';
import type { RestoreSnapshotContext } from '../../core/redis/restore/restore-snapshot';
import type { RedisServer } from '../../core/redis/server';
import { COMPONENT } from '../../core/redis/snapshot-facts';
import { safetyNameFor } from '../../core/redis/snapshot-name';
import { verifySnapshot } from '../../core/redis/verify-snapshot';
import type { BackupRef } from '../../core/repository/catalogue';
import type { Repository } from '../../core/repository/repository';
import { compressionOf } from '../shared/compression';
import type { RunContext } from '../shared/run-context';

/** Backs up what a server has before a restore, under a name of its own. */
export function safetySnapshot(
	server: RedisServer,
	repository: Repository,
	{ n8n }: RunContext,
): NonNullable<RestoreSnapshotContext['createSafetySnapshot']> {
	return async (signal) => {
		const name = safetyNameFor(server);
		const { id } = await createSnapshot(
			{ server, repository, name, compression: compressionOf({}), method: 'auto' },
			{ n8n, ...(signal && { signal }) },
		);
		return { component: COMPONENT, name, id };
	};
}

/**
 * Proves a snapshot without a checksum by a restore test. It is fetched once more for that; both times
 * its bytes are compared with what was written.
 */
export function loadInTest(
	repository: Repository,
	backup: BackupRef,
): NonNullable<RestoreSnapshotContext['loadInTest']> {
	return async (_file, signal) => {
		const { problems } = await verifySnapshot(
			{ repository, backup, level: 'restored', oneCopyIsEnough: true },
			signal ? { signal } : {},
		);
		if (problems.length === 0) return;
		throw new IntegrityError(`The backup ${backup.id} did not pass: ${problems.join(' ')}`, {
			hint: 'Choose another backup.',
		});
	};
}
