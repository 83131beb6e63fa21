import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';

import { findStuckReplica } from '../../../core/redis/restore/stuck-replica';
import { verifySnapshot } from '../../../core/redis/verify-snapshot';
import { listBackups } from '../../../core/repository/catalogue';
import { openRepository, type RepositorySettings } from '../../../core/repository/repository';
import { eventually } from '../eventually';
import { contentOf, fillWithEverything, fillWithKeys } from '../redis/content';
import { rdbOf, restoreInput, serverOf, withSession } from '../redis/restore-lab';
import { type RunningRedis, startRedis } from '../redis-server';
import { everythingBelow } from '../repository/files-below';
import type { Job } from './core-process';

export type RedisAction =
	'snapshot' | 'restore by disk' | 'restore by swap' | 'restore by commands';

/** What a server holds: all of the one, all of the other, only whole keys of the new one, or a mess. */
export type RedisContent = 'old' | 'new' | 'some of the new' | 'a mess';

/** Settings that a restore borrows, as they are in the configuration of the target. */
const SETTINGS = { masterauth: 'of-before', 'repl-diskless-load': 'disabled' };
const SETTLE_MS = 20_000;

/** A server to back up, one to restore into, and a repository. */
export class RedisSite {
	private backup: string | undefined;
	private readonly digests = new Map<string, string>();
	private contents = { old: '', new: '' };

	private constructor(
		readonly source: RunningRedis,
		readonly target: RunningRedis,
		private readonly home: string,
	) {}

	static async start(): Promise<RedisSite> {
		const settings = Object.entries(SETTINGS).map((pair) => pair.join(' '));
		const [source, target] = await Promise.all([startRedis(), startRedis({ settings })]);
		const home = await mkdtemp(join(tmpdir(), 'dr-crash-redis-'));
		await mkdir(join(home, 'tmp'));
		const site = new RedisSite(source, target, home);
		await withSession(source, async ({ client }) => {
			await fillWithEverything(client);
			await fillWithKeys(client, 300, 40_000);
			// One that is sent in pieces.
			await client.set('long', randomBytes(4_000_000));
			for (const [key, digest] of await digestsOf(client)) site.digests.set(key, digest);
		});
		await rdbOf(source);
		await site.reset();
		site.contents = { old: await site.read(target), new: await site.read(source) };
		return site;
	}

	async stop(): Promise<void> {
		await Promise.all([this.source.stop(), this.target.stop()]);
		await rm(this.home, { recursive: true, force: true });
	}

	/** Folder for temporary files of the processes that are killed. */
	get temporary(): string {
		return join(this.home, 'tmp');
	}

	/** The backup that restores take, of whose making nobody is killed. */
	setBackup(id: string): void {
		this.backup = id;
	}

	/** The server that an action has to do with. */
	serverOf(action: RedisAction): RunningRedis {
		return action === 'snapshot' ? this.source : this.target;
	}

	/** `name`: of the snapshot that is made; restores take the one that was set. */
	job(action: RedisAction, name: string): Job {
		const repository = this.settings;
		if (action === 'snapshot') {
			return {
				...{ action: 'snapshot', repository },
				input: {
					...{ server: serverOf(this.source), name, method: 'replication' },
					compression: { algorithm: 'zstd', level: 1 },
				},
			};
		}
		const backup = { component: 'redis', name: 'restores', id: this.backup ?? '' };
		const stored = { repository: openRepository(repository), backup };
		const isCommands = action === 'restore by commands';
		const { repository: _, ...input } = restoreInput(this.target, stored, {
			mode: action === 'restore by swap' ? 'swap' : 'disk',
			...(isCommands && { method: 'commands', flush: true }),
		});
		return { action: 'restore snapshot', repository, input };
	}

	/** The target has the old data, also on its disk. */
	async reset(): Promise<void> {
		await withSession(this.target, async ({ client }) => {
			await client.flushall();
			await client.call('FUNCTION', 'FLUSH');
			for (let at = 0; at < 40; at++) await client.set(`old:${at}`, `value ${at}`);
		});
		await rdbOf(this.target);
	}

	/** What a server holds, once it has loaded. */
	async content(server: RunningRedis): Promise<RedisContent> {
		await eventually(async () => {
			await withSession(server, async (session) => {
				const info = await session.info();
				const loading = [info.get('loading'), info.get('async_loading')];
				assert.ok(!loading.includes('1'), 'The server still loads.');
			});
		}, SETTLE_MS);
		const content = await this.read(server);
		if (content === this.contents.old) return 'old';
		if (content === this.contents.new) return 'new';
		const keys = await withSession(server, async ({ client }) => await digestsOf(client));
		const isNew = [...keys].every(([key, digest]) => this.digests.get(key) === digest);
		return isNew ? 'some of the new' : 'a mess';
	}

	/** What keeps the target from being an ordinary master; a replica that is found is none of it. */
	async faultsOfTarget(mayBeStuck: boolean): Promise<string[]> {
		const stuck = await eventually(async () => {
			const found = await findStuckReplica(serverOf(this.target));
			assert.ok(!found?.running, 'The restore still seems to run.');
			return found;
		}, SETTLE_MS);
		if (stuck) return mayBeStuck ? [] : ['the target carries the traces of a restore'];
		return await withSession(this.target, async (session) => {
			const faults: string[] = [];
			const role = (await session.info()).get('role');
			if (role !== 'master') faults.push(`the target is a ${role}, and nobody would find it`);
			for (const [name, value] of Object.entries(SETTINGS)) {
				const is = await session.setting(name);
				if (is !== value) faults.push(`${name} of the target is "${is}"`);
			}
			return faults;
		});
	}

	/** What is wrong with the repository, and with the folder for temporary files. */
	async faultsOfFiles(): Promise<string[]> {
		const repository = openRepository(this.settings);
		const faults: string[] = [];
		const { backups } = await listBackups(repository, { component: 'redis' });
		for (const backup of backups.filter(({ committed }) => committed)) {
			const { problems } = await verifySnapshot({ repository, backup, level: 'readable' });
			faults.push(...problems.map((problem) => `${backup.id}: ${problem}`));
		}
		// A spool has lost its name before its first byte: who is killed between leaves an empty one.
		for (const path of everythingBelow(this.temporary)) {
			const found = await stat(join(this.temporary, path));
			if (found.isFile() && found.size > 0) faults.push(`${path} is left`);
		}
		return faults;
	}

	/** Files of no committed backup. */
	uncommitted(): string[] {
		return everythingBelow(join(this.home, 'repository')).filter((path) =>
			path.endsWith('.partial'),
		);
	}

	private get settings(): RepositorySettings {
		return { directory: { path: join(this.home, 'repository') }, encryption: { kind: 'none' } };
	}

	private async read(server: RunningRedis): Promise<string> {
		return await withSession(server, async ({ client }) => JSON.stringify(await contentOf(client)));
	}
}

/** A digest of each value, by database and name. */
async function digestsOf(client: Redis): Promise<Map<string, string>> {
	const digests = new Map<string, string>();
	const keyspace = [...(await client.info('keyspace')).matchAll(/^db(\d+):/gm)];
	for (const [, database = ''] of keyspace) {
		await client.select(Number(database));
		for (const name of await client.keysBuffer('*')) {
			const [digest] = (await client.call('DEBUG', 'DIGEST-VALUE', name)) as string[];
			digests.set(`${database}:${name.toString('hex')}`, digest ?? '');
		}
	}
	await client.select(0);
	return digests;
}
