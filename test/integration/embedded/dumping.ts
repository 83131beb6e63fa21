import { execFile } from 'node:child_process';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { Client } from 'pg';

import { ArchiveInspector, type ArchiveSummary } from '../../../core/postgres/archive/inspector';
import type { PostgresServer } from '../../../core/postgres/connection';
import { embeddedEngine } from '../../../core/postgres/engines/embedded';
import type { DumpJob, RunningDump } from '../../../core/postgres/engines/engine';
import { postgresBinaries } from '../../support/postgres-binaries';

export const LOCK_TIMEOUT = '--lock-wait-timeout=30000';

/** Starts a dump of the server's database with the embedded engine. */
export function startDump(
	server: PostgresServer,
	options: Partial<DumpJob> & { signal?: AbortSignal } = {},
): RunningDump {
	const { signal = new AbortController().signal, ...job } = options;
	const all = { server, database: server.database, arguments: [LOCK_TIMEOUT], ...job };
	return embeddedEngine().dump(all, signal);
}

/** A whole dump, walked to its end: what the archive holds and what pg_dump said. */
export async function dumpArchive(
	server: PostgresServer,
	options: Partial<DumpJob> = {},
): Promise<ArchiveSummary & { bytes: number; warnings: string[] }> {
	const dump = startDump(server, options);
	const inspector = new ArchiveInspector();
	let bytes = 0;
	const sink = new Writable({
		write(chunk: Buffer, _encoding, callback) {
			bytes += chunk.length;
			callback();
		},
	});
	await pipeline(dump.stream, inspector, sink);
	return { ...inspector.summary, bytes, ...(await dump.finished) };
}

/** The error that `finished` rejects with. Reads the stream, since a dump without a reader waits. */
export async function dumpFailure(dump: RunningDump): Promise<Error> {
	dump.stream.resume();
	return await dump.finished.then(
		() => {
			throw new Error('The dump succeeded.');
		},
		(error: Error) => error,
	);
}

/** What each session of a dump that the server still has waits for. */
export async function dumpSessions(admin: Client): Promise<string[]> {
	const { rows } = await admin.query<{ waits: string }>(
		`select concat(wait_event_type, ':', wait_event) as waits
			from pg_stat_activity where application_name = 'n8n-dr-pgdump'`,
	);
	return rows.map(({ waits }) => waits);
}

/** Until a dump waits for that; one that never does runs into the time limit of the test. */
export async function untilWaiting(
	admin: Client,
	what: 'Lock:relation' | 'Client:ClientWrite',
): Promise<void> {
	while (!(await dumpSessions(admin)).includes(what)) await sleep(20);
}

/** The database as SQL, made by the embedded engine, without what depends on pg_dump's version. */
export async function embeddedSql(server: PostgresServer, options: string[]): Promise<string> {
	const dump = startDump(server, { arguments: [...options, '--format=plain'] });
	const sql = await buffer(dump.stream);
	await dump.finished;
	return comparable(sql.toString('utf8'));
}

/** The same, made by PostgreSQL 15's own pg_dump. */
export async function nativeSql(server: PostgresServer, options: string[]): Promise<string> {
	const { stdout } = await promisify(execFile)(
		`${await postgresBinaries(15)}/pg_dump`,
		[...options, '-h', server.host, '-p', `${server.port}`, '-U', server.user, server.database],
		{ env: { PGPASSWORD: server.password }, maxBuffer: 1024 ** 3 },
	);
	return comparable(stdout);
}

/**
 * Without comments, blank lines, settings of the session and the creation of empty large objects:
 * these, or their place, follow pg_dump's version.
 */
function comparable(sql: string): string {
	const noise = [
		/^--/,
		/^\s*$/,
		/^SET /,
		/^SELECT pg_catalog\.set_config\(/,
		/^SELECT pg_catalog\.lo_create\(/,
		/^\\(?:un)?restrict /,
	];
	return sql
		.split('\n')
		.filter((line) => !noise.some((pattern) => pattern.test(line)))
		.join('\n');
}
