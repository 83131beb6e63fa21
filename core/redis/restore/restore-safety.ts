import type { BackupRef } from '../../repository/catalogue';
import { DEFAULT_COMPRESSION } from '../../repository/compression';
import type { Repository } from '../../repository/repository';
import { requirePassed } from '../../repository/require-passed';
import { createSnapshot, type CreateSnapshotContext } from '../create-snapshot';
import type { RedisServer } from '../server';
import { COMPONENT } from '../snapshot-facts';
import { safetyNameFor } from '../snapshot-name';
import { verifySnapshot } from '../verify-snapshot';
import type { RestoreSnapshotContext } from './restore-snapshot';

/** Backs up what a server has before a restore, under a name of its own. */
export function safetySnapshot(
	server: RedisServer,
	repository: Repository,
	{ n8n }: Pick<CreateSnapshotContext, 'n8n'> = {},
): NonNullable<RestoreSnapshotContext['createSafetySnapshot']> {
	return async (signal) => {
		const name = safetyNameFor(server);
		const { id } = await createSnapshot(
			{ server, repository, name, compression: DEFAULT_COMPRESSION, method: 'auto' },
			{ ...(n8n && { n8n }), ...(signal && { signal }) },
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
		requirePassed(backup, problems);
	};
}
