import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { ArchiveInspector } from '../../core/postgres/archive/inspector';
import { listBackups } from '../../core/repository/catalogue';
import { fingerprintOf } from '../../core/repository/fingerprint';
import { nowhere } from '../../core/repository/nowhere';
import { openPayload } from '../../core/repository/read-backup';
import type { Repository } from '../../core/repository/repository';
import type { RunningPostgres } from './postgres-server';
import { programsWith, workerThreads } from './process-table';
import { everythingBelow } from './repository/files-below';
import type { S3Server } from './s3-server';

/** What runs have left where; of a run that failed in an orderly way every list is empty. */
export interface Traces {
	/** Files and objects of no committed backup. */
	uncommitted: string[];
	/** What is listed as a backup in some store, and cannot be read to its end there. */
	unreadable: string[];
	/** Multipart uploads that the S3 server still keeps open. */
	uploads: string[];
	sessions: string[];
	/** Names of databases that are half restored, or half dropped. */
	databases: string[];
	advisoryLocks: string[];
	preparedTransactions: string[];
	/** Client programs at work for the server. */
	programs: string[];
	/** Of this process. */
	threads: string[];
	temporaryFiles: string[];
}

export const NO_TRACES: Readonly<Traces> = {
	...{ uncommitted: [], unreadable: [], uploads: [] },
	...{ sessions: [], databases: [], advisoryLocks: [], preparedTransactions: [] },
	...{ programs: [], threads: [], temporaryFiles: [] },
};

/** Where to look; what is left out is not looked at, and counts as empty. */
export interface Scene {
	/** It has to run, or its part of the traces cannot be told. */
	readonly postgres?: RunningPostgres;
	/** By which programs may have reached the server, beside its own port. */
	readonly ports?: readonly number[];
	readonly repository?: Repository;
	/** The directory of the repository. */
	readonly directory?: string;
	readonly s3?: S3Server;
	/** What ran, did so in this process, and used threads of it. */
	readonly inProcess?: boolean;
	/** The folder for temporary files of what ran, and of nobody else. */
	readonly temporary?: string;
}

const SETTLE_MS = 10_000;

/**
 * Looks until there is nothing, or what is in `allowed` at most, for ten seconds: a server needs a
 * moment to notice that a client has gone. Resolves with what it has seen last.
 */
export async function tracesOf(
	scene: Scene,
	allowed: readonly (keyof Traces)[] = [],
): Promise<Traces> {
	for (const limit = Date.now() + SETTLE_MS; ; await sleep(50)) {
		const traces = await look(scene);
		const names = Object.keys(traces) as (keyof Traces)[];
		const isQuiet = names.every((name) => traces[name].length === 0 || allowed.includes(name));
		if (isQuiet || Date.now() > limit) return traces;
	}
}

async function look(scene: Scene): Promise<Traces> {
	const { postgres, s3, inProcess, temporary } = scene;
	// The first backup makes the directory.
	const directory = existsSync(scene.directory ?? '') ? scene.directory : undefined;
	const repository = (directory ?? s3) ? scene.repository : undefined;
	return {
		...NO_TRACES,
		...(postgres && (await onServer(postgres))),
		programs: postgres ? await programsWith(portsOf(scene, postgres)) : [],
		threads: inProcess ? await workerThreads() : [],
		uncommitted: [
			...(directory ? await uncommitted(await filesOf(directory)) : []),
			...(s3 ? await uncommitted(objectsOf(s3)) : []),
		],
		unreadable: repository ? await unreadable(repository) : [],
		uploads: s3 ? s3.openUploads().map(({ key }) => key) : [],
		temporaryFiles: temporary ? everythingBelow(temporary) : [],
	};
}

function portsOf({ ports = [] }: Scene, postgres: RunningPostgres): string[] {
	return [postgres.port, ...ports].map((port) => `PGPORT=${port}`);
}

async function onServer(postgres: RunningPostgres): Promise<Partial<Traces>> {
	const admin = await postgres.admin();
	const list = async (sql: string) =>
		(await admin.query<{ trace: string }>(sql)).rows.map(({ trace }) => trace);
	try {
		return {
			sessions: await list(
				`SELECT concat_ws(' ', application_name, datname, state, wait_event, left(query, 80)) AS trace
				FROM pg_stat_activity WHERE application_name ~ '^(n8n-dr-|pg_dump|pg_restore)'`,
			),
			// An interrupted DROP DATABASE leaves one that nobody can enter.
			databases: await list(
				`SELECT datname AS trace FROM pg_database
				WHERE datname ~ '_(restore|verify)_' OR datconnlimit = -2`,
			),
			advisoryLocks: await list(
				"SELECT concat(classid, ' ', objid) AS trace FROM pg_locks WHERE locktype = 'advisory'",
			),
			preparedTransactions: await list('SELECT gid AS trace FROM pg_prepared_xacts'),
		};
	} finally {
		await admin.end();
	}
}

interface Shelf {
	keys: string[];
	read(key: string): Promise<Buffer>;
}

async function filesOf(root: string): Promise<Shelf> {
	const entries = await readdir(root, { recursive: true, withFileTypes: true });
	const files = entries.filter((entry) => entry.isFile());
	const paths = files.map(({ parentPath, name }) => join(parentPath, name));
	return {
		keys: paths.map((path) => path.slice(root.length + 1)),
		read: (key) => readFile(join(root, key)),
	};
}

function objectsOf(s3: S3Server): Shelf {
	return { keys: s3.objects().map(({ key }) => key), read: (key) => s3.content(key) };
}

/** A manifest commits itself, the payload that it names, and the records of verifications. */
async function uncommitted({ keys, read }: Shelf): Promise<string[]> {
	const committed = new Set<string>();
	for (const key of keys.filter((one) => one.endsWith('/manifest.json'))) {
		const folder = key.slice(0, -'manifest.json'.length);
		const manifest = JSON.parse((await read(key)).toString()) as { payload: { file: string } };
		committed.add(key).add(folder + manifest.payload.file);
		const records = keys.filter((one) => one.startsWith(`${folder}verified-`));
		for (const record of records) committed.add(record);
	}
	return keys.filter((key) => !committed.has(key));
}

/** Reads every listed backup in every store that lists it; records nothing. */
async function unreadable(repository: Repository): Promise<string[]> {
	const found: string[] = [];
	const { backups } = await listBackups(repository);
	for (const backup of backups.filter(({ committed }) => committed)) {
		for (const store of backup.storedIn) {
			try {
				const { stream, manifest } = await openPayload(repository, backup, { store });
				const inspector = new ArchiveInspector();
				await pipeline(stream, inspector, nowhere());
				const rows = (tables: readonly { rows: number }[]) =>
					tables.reduce((sum, table) => sum + table.rows, 0);
				const fingerprint = fingerprintOf(manifest, 'postgres');
				if (fingerprint && rows(fingerprint.tables) !== rows(inspector.summary.tables)) {
					throw new Error('It has not as many rows as its manifest says.');
				}
			} catch (error) {
				found.push(`${backup.id} in ${store}: ${(error as Error).message}`);
			}
		}
	}
	return found;
}
