import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { escapeIdentifier } from 'pg';
import type { PostgresServer } from '../../../core/postgres/connection';
import type { DumpEngine } from '../../../core/postgres/engines/engine';
import { libpqEnvironment } from '../../../core/postgres/engines/libpq-environment';
import { findNativeTool } from '../../../core/postgres/engines/native-tools';
import { nativeEngine } from '../../../core/postgres/engines/native';
import { readServerFacts } from '../../../core/postgres/server-facts';
import type { BackupRef } from '../../../core/repository/catalogue';
import type { PostgresFingerprint } from '../../../core/repository/fingerprint';
import { createBackupId } from '../../../core/repository/naming';
import { openRepository, type Repository } from '../../../core/repository/repository';
import { writeBackup } from '../../../core/repository/write-backup';
import { contentOf } from '../../support/database-content';
import type { PostgresMajor } from '../../support/postgres-binaries';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';

export const NATIVE_15 = '/usr/lib/postgresql/15/bin';

/** How a test bends a backup before it is stored; what is stored is whole all the same. */
export interface Bend {
	raw?: (archive: Buffer) => Buffer;
	fingerprint?: (fingerprint: PostgresFingerprint) => PostgresFingerprint;
}

/** A server, a repository, and backups of databases on that server. */
export class RestoreBench {
	private constructor(
		readonly postgres: RunningPostgres,
		readonly repository: Repository,
		readonly directory: string,
	) {}

	static async start({
		encrypted = false,
		major = 15 as PostgresMajor,
		settings = {},
	} = {}): Promise<RestoreBench> {
		const postgres = await startPostgres({
			major,
			settings: { max_prepared_transactions: '5', ...settings },
		});
		const directory = await mkdtemp(join(tmpdir(), 'dr-restore-'));
		const repository = openRepository({
			directory: { path: directory },
			encryption: encrypted
				? { kind: 'passphrase', passphrase: 'correct horse' }
				: { kind: 'none' },
		});
		return new RestoreBench(postgres, repository, directory);
	}

	async stop(): Promise<void> {
		await this.postgres.stop();
		await rm(this.directory, { recursive: true, force: true });
	}

	server(database?: string): PostgresServer {
		return this.postgres.server(database);
	}

	/** Runs SQL as the superuser; rows of the last statement. */
	async sql<T = Record<string, unknown>>(database: string, text: string): Promise<T[]> {
		const client = await this.postgres.admin(database);
		try {
			const result = await client.query(text);
			const last = Array.isArray(result) ? result.at(-1) : result;
			return last.rows as T[];
		} finally {
			await client.end();
		}
	}

	async create(database: string, sql = ''): Promise<void> {
		await this.sql('postgres', `CREATE DATABASE ${escapeIdentifier(database)} TEMPLATE template0`);
		if (sql) await this.sql(database, sql);
	}

	/** One of everything: see rich-database.sql. */
	async createRich(database: string): Promise<void> {
		await this.sql(
			'postgres',
			`DO $$ BEGIN CREATE ROLE "app owner"; CREATE ROLE app_reader;
			EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
		);
		await this.create(database, await readFile(join(__dirname, 'rich-database.sql'), 'utf8'));
	}

	async backUp(
		database: string,
		options: { at?: Date; engine?: DumpEngine; bend?: Bend } = {},
	): Promise<BackupRef> {
		const engine = options.engine ?? (await native15());
		const archive = await dump(engine, this.server(database));
		const client = await this.postgres.admin(database);
		const facts = await readServerFacts(client);
		await client.end();
		const fingerprint = await this.fingerprint(database);
		const at = options.at ?? new Date();
		const id = createBackupId('bench', at);
		await writeBackup(this.repository, {
			...{ component: 'postgres', name: 'bench', id, consistencyPoint: at, startedAt: at },
			extension: 'dump',
			compression: { algorithm: 'zstd', level: 1 },
			source: {
				stream: Readable.from(chunks(options.bend?.raw?.(archive) ?? archive)),
				complete: () =>
					Promise.resolve({
						engine: { name: engine.name, version: engine.version },
						source: { serverVersion: facts.version, database, properties: facts.properties },
						options: {},
						fingerprint: options.bend?.fingerprint?.(fingerprint) ?? fingerprint,
						warnings: [],
					}),
			},
			howToRestore: (decode) => [`${decode} | pg_restore -d ${database}`],
		});
		return { component: 'postgres', name: 'bench', id };
	}

	/** Counts and checksums of everything in a database. */
	async fingerprint(database: string): Promise<PostgresFingerprint> {
		return await contentOf(this.postgres, database);
	}

	/** The schema in the words of pg_dump, less what differs from run to run, and subscriptions. */
	async schema(database: string): Promise<string> {
		const { variables } = libpqEnvironment(this.server(), { purpose: 'test', database });
		const { stdout } = await promisify(execFile)(
			join(NATIVE_15, 'pg_dump'),
			['--schema-only', '--no-subscriptions'],
			{ env: variables, maxBuffer: 2 ** 26 },
		);
		return stdout.replace(/^\\(un)?restrict .*$/gm, '');
	}

	/** Every object with its owner and grants, for servers that no pg_dump of this machine reads. */
	async objects(database: string): Promise<Record<string, unknown>[]> {
		return await this.sql(database, await readFile(join(__dirname, 'objects.sql'), 'utf8'));
	}

	/** Content of every large object, as a hash. */
	async largeObjects(database: string): Promise<Record<string, unknown>[]> {
		return await this.sql(
			database,
			`SELECT oid::text, md5(lo_get(oid)), lomacl::text, pg_get_userbyid(lomowner) AS owner
			FROM pg_largeobject_metadata ORDER BY oid::bigint`,
		);
	}

	async databases(): Promise<string[]> {
		const rows = await this.sql<{ datname: string }>(
			'postgres',
			'SELECT datname FROM pg_database ORDER BY 1',
		);
		return rows.map(({ datname }) => datname);
	}

	/** Sessions of our own that a run may have left. */
	async ownSessions(): Promise<number> {
		const rows = await this.sql(
			'postgres',
			"SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'n8n-dr-%'",
		);
		return rows.length;
	}
}

export async function native15(): Promise<DumpEngine> {
	const [tool] = await findNativeTool('pg_dump', { configuredDirectory: NATIVE_15 });
	if (!tool) throw new Error('pg_dump 15 is not installed');
	return nativeEngine(tool);
}

async function dump(engine: DumpEngine, server: PostgresServer): Promise<Buffer> {
	const running = engine.dump(
		{ server, database: server.database, arguments: [] },
		new AbortController().signal,
	);
	const [archive] = await Promise.all([buffer(running.stream), running.finished]);
	return archive;
}

function* chunks(bytes: Buffer): Generator<Buffer> {
	for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
