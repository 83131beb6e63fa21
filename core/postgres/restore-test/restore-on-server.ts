import { randomBytes } from 'node:crypto';
import { type Client, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg';
import { RestoreError } from '../../errors';
import type { BackupRef } from '../../repository/catalogue';
import type { Manifest } from '../../repository/manifest';
import { hintOf, reasonOf } from '../../repository/reason';
import type { Repository } from '../../repository/repository';
import type { PostgresServer } from '../connection';
import { connectForLong } from '../long-session';
import { checkArchive } from '../restore/check-archive';
import { cleanUp } from '../restore/cleanup';
import { createDatabase } from '../restore/create-database';
import { isTestDatabase, testDatabaseName } from '../restore/database-names';
import { dropDatabase } from '../restore/databases';
import { explainFailure } from '../restore/explain-failure';
import { fillDatabase } from '../restore/fill-database';
import { connectMaintenance } from '../restore/maintenance';
import { preflight } from '../restore/preflight';
import { readArchiveToc } from '../restore/read-archive-toc';
import { chooseRestoreEngine } from '../restore/restore-engine';
import { tryLockTarget } from '../restore/target-lock';
import { isAboutScratch } from './failure';
import { leaveOut } from './left-out';
import type { RestoreTestOptions } from './restore-test';
import type { Examine, ScratchCopy, TestOutcome } from './scratch-copy';
import { unfitAnywhere } from './unfit-anywhere';

/** The comment by which a later run knows that a database is of a restore test. */
const MARK = 'Restore test, may be dropped when no restore test is running.';

/** What a restore test on a server needs to know. */
export interface OnServerTest {
	readonly server: PostgresServer;
	/** With the one store that the copy is read from. */
	readonly repository: Repository;
	readonly backup: BackupRef;
	readonly manifest: Manifest;
	readonly options: RestoreTestOptions;
	readonly signal?: AbortSignal;
}

/**
 * Restores a backup into a database of a random name, and has it examined. The database is dropped
 * before this settles, and those that dead runs have left are dropped too. Rejects with the typed errors
 * of `core/`, among them `ConfigurationError` where the account may not create a database.
 */
export async function restoreOnServer(test: OnServerTest, examine: Examine): Promise<TestOutcome> {
	const { server, manifest, signal } = test;
	const random = randomBytes(4).toString('hex');
	const database = testDatabaseName(manifest.source.database ?? manifest.name, random);
	const purpose = `verify-${random}`;
	const maintenance = await connectMaintenance(server, {
		...{ avoid: database, purpose },
		...(signal && { signal }),
	});
	try {
		// Held as long as the run lives: by it others know that the database is in use.
		await tryLockTarget(maintenance, database);
		await dropLeftovers(maintenance);
		const outcome = await examine(await fill(test, maintenance, database, purpose));
		const left = await remove(server, database, purpose);
		return { ...outcome, warnings: [...outcome.warnings, ...left] };
	} catch (error) {
		const left = await remove(server, database, purpose);
		const known = explain(error, signal);
		known.message = [known.message, ...left].join(' ');
		throw known;
	} finally {
		await maintenance.end().catch(() => undefined);
	}
}

async function fill(
	test: OnServerTest,
	maintenance: Client,
	database: string,
	purpose: string,
): Promise<ScratchCopy> {
	const { server, manifest, options, signal } = test;
	const { serverVersion: sourceVersion, properties } = manifest.source;
	const checked = await preflight(maintenance, { mode: 'new-database', database, sourceVersion });
	const { version: serverVersion } = checked.rights;
	// Roles belong to the server, and a test must not leave any there.
	const rights = { owners: 'never', privileges: 'never' } as const;
	const toc = await readArchiveToc(test.repository, test.backup, signal);
	const archive = await checkArchive(
		maintenance,
		toc,
		{ ...rights, unsupported: 'refuse' },
		serverVersion,
	);
	const engine = await chooseRestoreEngine({
		archive,
		...{ engine: options.engine ?? 'auto', mode: 'new-database' },
		...(options.binariesDirectory && { binariesDirectory: options.binariesDirectory }),
		dumpedBy: manifest.engine.version,
		serverMajor: Math.floor(serverVersion / 10_000),
	});
	const created = await createDatabase(maintenance, database, { properties, serverVersion });
	await maintenance.query(
		`COMMENT ON DATABASE ${escapeIdentifier(database)} IS ${escapeLiteral(MARK)}`,
	);
	const filled = await fillDatabase(
		{
			...test,
			...{ database, engine, archive, checked, maintenance, purpose },
			...rights,
		},
		{ database, clean: false },
	);
	const client = await connectForLong(server, { purpose, database, ...(signal && { signal }) });
	const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
	const { entries } = filled.toc;
	return {
		client,
		toc: filled.toc,
		rows: filled.rows,
		ranOn: `Postgres ${rows[0]?.server_version.split(' ')[0]}`,
		leftOut: leaveOut(entries, unfitAnywhere(entries), new Map()),
		warnings: [...checked.warnings, ...created, ...filled.warnings],
	};
}

/** Databases whose run is dead: as long as it lives, it holds the lock of its database. */
async function dropLeftovers(maintenance: Client): Promise<void> {
	const { rows } = await maintenance.query<{ name: string }>(
		`SELECT datname AS name FROM pg_catalog.pg_database
		WHERE pg_catalog.shobj_description(oid, 'pg_database') = $1`,
		[MARK],
	);
	for (const { name } of rows) {
		if (!isTestDatabase(name) || !(await tryLockTarget(maintenance, name))) continue;
		await dropDatabase(maintenance, name).catch((error: unknown) => {
			// It belongs to another account.
			if (!(error instanceof DatabaseError)) throw error;
		});
	}
}

/** Ends what is still at it and drops the database; resolves with a sentence when that fails. */
async function remove(
	server: PostgresServer,
	database: string,
	purpose: string,
): Promise<string[]> {
	if (await cleanUp(server, { database, purpose, restoreDatabase: database })) return [];
	return [
		`Its database ${database} could not be dropped; the next restore test on this server does that.`,
	];
}

function explain(error: unknown, signal: AbortSignal | undefined): Error {
	if (signal?.aborted) return explainFailure(error, 'The verification', signal);
	if (isAboutScratch(error)) {
		return new RestoreError(`The restore test cannot be done on this server. ${reasonOf(error)}`, {
			hint: hintOf(error, 'Use another scratch server for the restore test.'),
			cause: error,
		});
	}
	return error instanceof DatabaseError ? error : explainFailure(error, 'The restore test', signal);
}
