import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { SnapshotMethod } from '../../../core/redis/create-snapshot';
import type { BackupRef } from '../../../core/repository/catalogue';
import type { RepositorySettings } from '../../../core/repository/repository';
import { inSteps, type Undo } from '../../../test/support/in-steps';
import { eventually } from '../../../test/support/eventually';
import { type RunningRedis, startRedis } from '../../../test/support/redis-server';
import { type Cost, measure } from '../measured-process';
import { runRedis } from './operation';
import { fillSample } from './sample';

/** Everything that the measurements of Redis work on. */
export interface RedisStand {
	readonly source: RunningRedis;
	/** Empty before each measurement. */
	readonly target: RunningRedis;
	/** Of the RDB file of the source. */
	readonly sampleBytes: number;
	/** Where measured backups go; emptied by `tidy`. */
	readonly disk: RepositorySettings;
	/** Backups of the source that stay, by the way in which they were made. */
	readonly kept: Record<
		Exclude<SnapshotMethod, 'auto'>,
		{ readonly repository: RepositorySettings; readonly backup: BackupRef }
	>;
	/** `redis-cli --rdb` into a file that `tidy` removes. */
	plainSnapshot(signal: AbortSignal): Promise<{ cost: Cost; bytes: number }>;
	tidy(): Promise<void>;
	/** Ends the servers and removes everything. */
	clear(): Promise<void>;
}

/** Starts two servers, fills one with about `megabytes`, and backs it up in both ways. */
export async function setRedisStand(megabytes: number, signal: AbortSignal): Promise<RedisStand> {
	return await inSteps(async (undo) => await build(megabytes, signal, undo));
}

async function build(
	megabytes: number,
	signal: AbortSignal,
	undo: Undo,
): Promise<Omit<RedisStand, 'clear'>> {
	const folder = await mkdtemp(join(tmpdir(), 'dr-bench-redis-'));
	undo.push(() => rm(folder, { recursive: true, force: true }));
	const measured = join(folder, 'measured');
	await mkdir(measured);
	const start = async () => {
		const server = await startRedis();
		undo.push(() => server.stop());
		const admin = server.admin();
		undo.push(async () => admin.disconnect());
		return { server, admin };
	};
	const [source, target] = [await start(), await start()];
	await fillSample(source.admin, megabytes);
	signal.throwIfAborted();

	const plain = (path: string): RepositorySettings => ({
		directory: { path: join(folder, path) },
		encryption: { kind: 'none' },
	});
	const keep = async (method: 'replication' | 'commands') => {
		const repository = plain(method);
		const server = source.server.server();
		const { backup } = await runRedis({ kind: 'create', server, repository, method }, signal);
		if (!backup) throw new Error('The sample was not backed up.');
		return { repository, backup };
	};
	const plainSnapshot = async (stop: AbortSignal) =>
		await redisCli(source.server, join(measured, 'plain.rdb'), stop);
	const tidy = async () => {
		await target.admin.flushall('SYNC');
		await rm(measured, { recursive: true });
		await mkdir(measured);
		await Promise.all([source.admin, target.admin].map(untilQuiet));
	};
	const kept = { replication: await keep('replication'), commands: await keep('commands') };
	const { bytes: sampleBytes } = await plainSnapshot(signal);
	await tidy();
	return {
		...{ source: source.server, target: target.server, sampleBytes, kept, plainSnapshot, tidy },
		disk: plain('measured/repository'),
	};
}

async function redisCli(
	{ host, port, password }: RunningRedis,
	file: string,
	signal: AbortSignal,
): Promise<{ cost: Cost; bytes: number }> {
	const env = { ...process.env, REDISCLI_AUTH: password };
	const line = ['-h', host, '-p', `${port}`, '--rdb', file];
	const { cost } = await measure('redis-cli', line, { env, signal });
	return { cost, bytes: (await stat(file)).size };
}

/** The process that wrote a snapshot ends a moment after its reader. */
async function untilQuiet(admin: Redis): Promise<void> {
	await eventually(async () => {
		const info = await admin.info();
		if (/^(rdb_bgsave_in_progress|aof_rewrite_in_progress):1/m.test(info)) {
			throw new Error('The server still saves.');
		}
	}, 60_000);
}
