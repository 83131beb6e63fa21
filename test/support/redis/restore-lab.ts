import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { BackupRef } from '../../../core/repository/catalogue';
import { createBackupId } from '../../../core/repository/naming';
import type { Repository } from '../../../core/repository/repository';
import { writeBackup } from '../../../core/repository/write-backup';
import type { RestoreSnapshotInput } from '../../../core/redis/restore/restore-snapshot';
import { ServerSession } from '../../../core/redis/restore/server-session';
import type { RedisServer } from '../../../core/redis/server';
import { eventually } from '../eventually';
import type { RunningRedis } from '../redis-server';

/** A running server as the product knows it. */
export function serverOf(
	{ host, port, password }: RunningRedis,
	overrides: Partial<RedisServer> = {},
): RedisServer {
	const account = { username: '', password, database: 0 };
	return { host, port, ...account, tls: { mode: 'disable' }, ...overrides };
}

/** Does something over a connection that is closed afterwards. */
export async function withSession<T>(
	server: RunningRedis | RedisServer,
	work: (session: ServerSession) => Promise<T>,
): Promise<T> {
	const session = await ServerSession.open('tls' in server ? server : serverOf(server));
	try {
		return await work(session);
	} finally {
		session.close();
	}
}

/** The RDB file that a server writes of what it has. */
export async function rdbOf(server: RunningRedis): Promise<Buffer> {
	await withSession(server, async (session) => {
		// The child that wrote a snapshot for somebody who has gone ends a moment later than that one.
		await eventually(async () => await session.call('SAVE'));
	});
	return await readFile(join(server.folder, 'dump.rdb'));
}

/** Stores any bytes as a snapshot, also such as nobody should. */
export async function storeRdb(
	repository: Repository,
	rdb: Buffer,
	properties: Record<string, string> = {},
): Promise<BackupRef> {
	const at = new Date();
	// Two of the same second would have the same id.
	const name = `lab-${randomBytes(4).toString('hex')}`;
	const id = createBackupId(name, at);
	await writeBackup(repository, {
		...{ component: 'redis', name, id, extension: 'rdb' },
		...{ consistencyPoint: at, startedAt: at, compression: { algorithm: 'none' } },
		source: {
			stream: Readable.from([rdb], { objectMode: false }),
			complete: async () => ({
				engine: { name: 'test', version: '1' },
				source: {
					serverVersion: '7.0.15',
					properties: {
						...{ format: 'rdb', consistency: 'point-in-time', flavor: 'redis' },
						...{ rdbVersion: '10', crc: 'verified', contents: 'counted', moduleTypes: '' },
						...properties,
					},
				},
				options: {},
				warnings: [],
			}),
		},
		howToRestore: () => [],
	});
	return { component: 'redis', name, id };
}

/** What a restore needs, with everything as usual. */
export function restoreInput(
	target: RunningRedis,
	stored: { repository: Repository; backup: BackupRef },
	overrides: Partial<RestoreSnapshotInput> = {},
): RestoreSnapshotInput {
	return {
		server: serverOf(target),
		...stored,
		...{ method: 'replication', mode: 'auto', selection: {}, existing: 'replace', flush: false },
		reachability: { bindAddress: '127.0.0.1', port: 0, advertisedHost: '127.0.0.1' },
		...overrides,
	};
}
