import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openRepository, type RepositorySettings } from '../../../core/repository/repository';
import type { Scene } from '../aftermath';
import { contentOf } from '../database-content';
import { createDatabase, dumpInput, withAdmin } from '../postgres-dumps';
import { type RunningPostgres, startPostgres } from '../postgres-server';
import { type Relay, startRelay, type Verdict } from '../relay';
import { type S3Server, startS3Server } from '../s3-server';
import type { Job } from './core-process';

/** Which programs do the work: those of the machine, or what the package brings. */
export type Engine = 'native' | 'built-in';
export type StoreKind = 'directory' | 's3';
export type Action = 'dump' | 'swap' | 'in place';

/** What the database that a restore replaces holds: all of the one, all of the other, or a mess. */
export type Content = 'old' | 'new' | 'neither';

/** About 4 MB, of everything that has a step of its own in a restore. */
const NEW = `CREATE TABLE item (id serial PRIMARY KEY, name text, price numeric);
	INSERT INTO item (name, price) SELECT repeat(md5(n::text), 5), n FROM generate_series(1, 20000) n;
	CREATE INDEX ON item (name); CREATE TABLE note AS SELECT n AS item, md5(n::text) AS text FROM generate_series(1, 500) n;
	CREATE VIEW cheap AS SELECT * FROM item WHERE price < 100;
	SELECT lo_from_bytea(0, convert_to(repeat('content', 1000), 'UTF8')) FROM generate_series(1, 3)`;
const OLD = `CREATE TABLE item (id serial PRIMARY KEY, name text, price numeric);
	INSERT INTO item (name, price) SELECT 'old', n FROM generate_series(1, 300) n;
	CREATE TABLE note AS SELECT n AS item, 'old' AS text FROM generate_series(1, 50) n`;
const TARGET = 'shop';

/** A server behind a relay, a database to dump, one to be replaced, and repositories. */
export class CrashSite {
	private backup: string | undefined;
	private contents: Record<'old' | 'new', string> = { old: '', new: '' };

	private constructor(
		readonly postgres: RunningPostgres,
		readonly relay: Relay,
		private readonly s3: S3Server | undefined,
		private readonly home: string,
		private readonly engine: Engine,
	) {}

	static async start(
		engine: Engine,
		store: StoreKind,
		watch: (number: number) => Verdict,
	): Promise<CrashSite> {
		const postgres = await startPostgres({ major: 15 });
		const home = await mkdtemp(join(tmpdir(), 'dr-crash-'));
		await mkdir(join(home, 'tmp'));
		const s3 = store === 's3' ? await startS3Server() : undefined;
		const site = new CrashSite(postgres, await startRelay(postgres, watch), s3, home, engine);
		await createDatabase(postgres, 'source', NEW);
		await createDatabase(postgres, 'old', OLD);
		site.contents = { old: await site.read('old'), new: await site.read('source') };
		return site;
	}

	async stop(): Promise<void> {
		await this.relay.close();
		await this.postgres.stop();
		await this.s3?.stop();
		await rm(this.home, { recursive: true, force: true });
	}

	/** Folder for temporary files of the processes that are killed. */
	get temporary(): string {
		return join(this.home, 'tmp');
	}

	/** The settings of a repository of its own for every name. */
	repository(name: string): RepositorySettings {
		const { s3 } = this;
		if (!s3) {
			return { directory: { path: join(this.home, name) }, encryption: { kind: 'none' } };
		}
		const { endpoint, region, bucket, accessKeyId, secretAccessKey } = s3;
		const access = { endpoint, region, bucket, accessKeyId, secretAccessKey };
		return {
			s3: { ...access, prefix: name, forcePathStyle: true },
			encryption: { kind: 'none' },
		};
	}

	/** Where the traces of a run on that repository may be. */
	scene(repository: string): Scene {
		const settings = this.repository(repository);
		return {
			...{ postgres: this.postgres, ports: [this.relay.port], temporary: this.temporary },
			repository: openRepository(settings),
			...(this.s3 ? { s3: this.s3 } : { directory: settings.directory?.path ?? '' }),
		};
	}

	/** The backup that restores take, of whose making nobody is killed. */
	setBackup(id: string): void {
		this.backup = id;
	}

	job(action: Action, repository: string): Job {
		const server = { ...this.postgres.server('source'), port: this.relay.port };
		const isNative = this.engine === 'native';
		if (action === 'dump') {
			const { repository: _, ...input } = dumpInput(
				this.postgres,
				'source',
				openRepository(this.repository(repository)),
				{ engine: isNative ? 'native' : 'embedded' },
			);
			const job = { ...input, server, name: 'shop' };
			return { action: 'dump', repository: this.repository(repository), input: job };
		}
		return {
			action: 'restore',
			repository: this.repository(repository),
			input: {
				...{
					server,
					database: TARGET,
					owners: 'never',
					privileges: 'never',
					unsupported: 'refuse',
				},
				backup: { component: 'postgres', name: 'shop', id: this.backup ?? '' },
				mode: action === 'swap' ? 'swap' : 'existing-database',
				engine: isNative ? 'native' : 'own',
			},
		};
	}

	/** The target is the old one again, and whatever restores have made is gone. */
	async reset(): Promise<void> {
		await withAdmin(this.postgres, 'postgres', async (admin) => {
			for (const name of await this.databases()) {
				if (name.startsWith(TARGET)) await admin.query(`DROP DATABASE "${name}" WITH (FORCE)`);
			}
			await admin.query(`CREATE DATABASE ${TARGET} TEMPLATE old`);
		});
	}

	/** What the target holds, and the databases that were kept of it. */
	async state(): Promise<{ target: Content; kept: Content[] }> {
		const names = await this.databases();
		const kept = names.filter((name) => name.startsWith(`${TARGET}_before_`));
		return {
			target: names.includes(TARGET) ? await this.classify(TARGET) : 'neither',
			kept: await Promise.all(kept.map((name) => this.classify(name))),
		};
	}

	private async databases(): Promise<string[]> {
		return await withAdmin(this.postgres, 'postgres', async (admin) => {
			const { rows } = await admin.query<{ name: string }>(
				'SELECT datname AS name FROM pg_database ORDER BY 1',
			);
			return rows.map(({ name }) => name);
		});
	}

	private async classify(database: string): Promise<Content> {
		const content = await this.read(database);
		if (content === this.contents.old) return 'old';
		return content === this.contents.new ? 'new' : 'neither';
	}

	private async read(database: string): Promise<string> {
		return JSON.stringify(await contentOf(this.postgres, database));
	}
}
