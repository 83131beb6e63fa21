import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ConfigurationError } from '../../../errors';
import { fingerprintOf } from '../../../repository/fingerprint';
import type { Manifest } from '../../../repository/manifest';
import { openArchive, type OpenArchive } from '../../archive/open-archive';
import { keyOf } from '../../qualified-name';
import { createOwners } from '../../restore/missing-roles';
import { restoreArchive } from '../../restore/own-restore';
import type { LostTable } from '../left-out';
import type { RestoreTestOptions } from '../restore-test';
import type { Examine, ScratchCopy, TestOutcome } from '../scratch-copy';
import { type Adapted, adaptToPglite } from './adapt';
import { explainBytes, requireReadable } from './encoding';
import { requireSuitable } from './limits';
import { openPglite, type PgliteSession } from './pglite-client';
import { explainPgliteFailure } from './pglite-failure';
import { PGLITE_VERSION } from './pglite-version';
import { makeScratchFolder } from './scratch-folder';
import { defaultCacheDirectory, forgetTemplate, provideDataDirectory } from './template';

const SHOWN_TABLES = 5;
const LEAST_LOCKS = 64;
/** Room in the lock table for each of about a hundred sessions, all of which one session may use. */
const ENTRIES_PER_LOCK = 20;

/** What a restore test in process needs to know. */
export interface InProcessTest {
	readonly manifest: Manifest;
	/** Opens the raw payload. */
	readonly open: () => Promise<Readable>;
	readonly options: RestoreTestOptions;
	readonly signal?: AbortSignal;
}

/**
 * Restores a backup into a Postgres within a process of its own, and has the copy examined. Of that
 * nothing is left when this settles. Rejects with `ConfigurationError` where the backup cannot be tested
 * in this way, saying what to do, and with what the payload, the restore or `examine` failed with.
 */
export async function restoreInProcess(
	test: InProcessTest,
	examine: Examine,
): Promise<TestOutcome> {
	const { manifest, options, signal } = test;
	requireSuitable(manifest, options.maxBytes);
	const scratch = await makeScratchFolder(manifest.payload.raw.bytes, options.scratchDirectory);
	try {
		const payload = await test.open();
		try {
			const archive = await openArchive(payload);
			requireReadable(archive.toc);
			const adapted = adaptToPglite(archive.toc, countedRows(manifest));
			requireAllRows(adapted.leftOut.lostTables);
			const session = await startSession(join(scratch.path, 'data'), archive, adapted, test);
			try {
				return await examine(await fill(session, archive, adapted));
			} catch (error) {
				throw await explainPgliteFailure(explainBytes(error, archive.toc), session, signal);
			} finally {
				await session.process.kill();
			}
		} finally {
			payload.destroy();
		}
	} finally {
		await scratch.remove();
	}
}

async function startSession(
	dataDirectory: string,
	{ toc }: OpenArchive,
	{ extensions }: Adapted,
	{ options, signal }: InProcessTest,
): Promise<PgliteSession> {
	const cache = options.cacheDirectory ?? defaultCacheDirectory();
	await provideDataDirectory(dataDirectory, cache, signal);
	const locksPerTransaction = Math.max(
		LEAST_LOCKS,
		Math.ceil(toc.entries.length / ENTRIES_PER_LOCK),
	);
	try {
		const job = { task: 'serve', dataDirectory, extensions, locksPerTransaction } as const;
		return await openPglite(job, signal);
	} catch (error) {
		await forgetTemplate(cache);
		throw error;
	}
}

async function fill(
	{ client }: PgliteSession,
	archive: OpenArchive,
	adapted: Adapted,
): Promise<ScratchCopy> {
	const { rows: existing } = await client.query<{ name: string }>(
		'SELECT rolname AS name FROM pg_catalog.pg_roles',
	);
	const roles = new Set(existing.map(({ name }) => name));
	for (const statement of createOwners(archive.toc.entries, roles)) await client.query(statement);
	for (const statement of adapted.collations) {
		// What looked like a collation may have been a part of some text; what needs it will say so.
		await client.query(statement).catch(() => undefined);
	}
	const { rows, warnings } = await restoreArchive(client, archive, {
		...{ owners: true, privileges: true, clean: false, createRoles: true },
		adaptation: adapted,
	});
	const { rows: version } = await client.query<{ server_version: string }>('SHOW server_version');
	return {
		client,
		toc: archive.toc,
		rows,
		ranOn: `PGlite ${PGLITE_VERSION} (Postgres ${version[0]?.server_version})`,
		leftOut: adapted.leftOut,
		warnings: [...adapted.warnings, ...warnings],
	};
}

function countedRows(manifest: Manifest): Map<string, number> {
	const fingerprint = fingerprintOf(manifest, 'postgres');
	return new Map(fingerprint?.tables.map((table) => [keyOf(table), table.rows]));
}

/** A test that leaves out rows proves nothing about them. */
function requireAllRows(lost: readonly LostTable[]): void {
	if (lost.length === 0) return;
	const shown = lost.slice(0, SHOWN_TABLES).map(({ schema, name, rows, needs }) => {
		const counted = rows === undefined ? '' : `, ${rows.toLocaleString('en-US')} rows`;
		return `${schema}.${name} (needs ${needs.object}${counted})`;
	});
	const more = lost.length > SHOWN_TABLES ? ` and ${lost.length - SHOWN_TABLES} more` : '';
	throw new ConfigurationError(
		`This backup cannot be restored in process for a test: tables with rows would have to be left out: ${shown.join(', ')}${more}.`,
		{
			hint: 'Set a scratch server for the restore test, one that has what these tables need; or choose the level readable.',
		},
	);
}
