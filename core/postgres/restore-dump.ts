import { randomBytes } from 'node:crypto';
import {
	ConfigurationError,
	ConnectionError,
	IntegrityError,
	NotFoundError,
	StoreError,
} from '../errors';
import { type BackupRef, readManifest } from '../repository/catalogue';
import { fingerprintOf } from '../repository/fingerprint';
import type { Manifest } from '../repository/manifest';
import type { Repository } from '../repository/repository';
import { reasonOf } from '../repository/reason';
import type { Store } from '../repository/store';
import { firstThatWorks } from '../repository/store-choice';
import { tool } from '../repository/tool';
import type { PostgresServer } from './connection';
import { type PulseContext, underPulse } from './pulse';
import { checkArchive, type UnsupportedChoice } from './restore/check-archive';
import { cleanUp } from './restore/cleanup';
import { explainFailure } from './restore/explain-failure';
import { connectMaintenance } from './restore/maintenance';
import { preflight, type RestoreMode } from './restore/preflight';
import { createRestoreDatabase, prepareRestoreDatabase } from './restore/restore-database';
import { requireRoom } from './restore/require-room';
import { restoreBeside } from './restore/restore-beside';
import { readArchiveToc } from './restore/read-archive-toc';
import { chooseRestoreEngine, type RestoreEngine } from './restore/restore-engine';
import { restoreInPlace } from './restore/restore-in-place';
import type { RestoreOutcome, RestoreRun } from './restore/restore-run';
import type { RightsChoice } from './restore/rights';
import { lockTarget } from './restore/target-lock';
import { TargetStateError } from './restore/target-state-error';

const MAX_NAME_BYTES = 63;
/** After these the copy in another store may be restored all the same. */
const COPY_FAILURES = [IntegrityError, StoreError, NotFoundError, ConnectionError];

export interface RestoreDumpInput {
	server: PostgresServer;
	repository: Repository;
	backup: BackupRef;
	/**
	 * `new-database` fails where `database` exists; `swap` restores beside it and exchanges the names;
	 * `existing-database` drops and restores the backup's objects within it.
	 */
	mode: RestoreMode;
	/** Name of the database that is to have the content of the backup. */
	database: string;
	engine: 'auto' | 'native' | 'own';
	/** Backups of any other database are refused; for a backup that nobody has named. */
	sourceDatabase?: string;
	/** Folder with a pg_restore to use instead of those found by themselves. */
	binariesDirectory?: string;
	/** Give objects to their old owners; else they belong to the account of `server`. */
	owners: RightsChoice;
	/** Restore grants. */
	privileges: RightsChoice;
	/** What to do about objects that this login cannot create on this server. */
	unsupported: UnsupportedChoice;
}

/** What a restore does unless somebody chooses. */
export const RESTORE_DEFAULTS = {
	mode: 'swap',
	engine: 'auto',
	owners: 'auto',
	privileges: 'auto',
	unsupported: 'refuse',
} as const satisfies Partial<RestoreDumpInput>;

export interface RestoreResult {
	backupId: string;
	consistencyPoint: string;
	mode: RestoreMode;
	database: string;
	/** What the replaced database is called now. */
	keptDatabase?: string;
	engine: { name: 'own' | 'native'; version: string };
	tables: number;
	rows: number;
	/** Whether row counts were compared with the backup's; false where it has none. */
	countsCompared: boolean;
	/** Whether checksums were compared too. */
	checksumsCompared: boolean;
	durationMs: number;
	/** Age of the data when the restore began: the recovery point that was achieved. */
	dataAgeMs: number;
	warnings: string[];
}

/**
 * Restores a backup of Postgres. A failure at any stage, and a cancel, leave the target as it was and
 * remove what was begun; the message says so. Rejects with the typed errors of `core/`, among them
 * `ConflictError` when another restore of the same database is running, `IntegrityError` when the
 * backup is damaged in every store, and `RestoreError` when the server refuses a part or the data differs.
 */
export async function restoreDump(
	input: RestoreDumpInput,
	context: PulseContext = {},
): Promise<RestoreResult> {
	return await underPulse(input.server, context, (signal) => restoreFirst(input, signal));
}

/** From the first store whose copy can be used. */
async function restoreFirst(input: RestoreDumpInput, signal: AbortSignal): Promise<RestoreResult> {
	const startedAt = Date.now();
	const { repository } = input;
	const passedOver: string[] = [];
	const attempt = async (store: Store) => {
		try {
			const one = { ...input, repository: { ...repository, stores: [store] } };
			const result = await restore(one, startedAt, signal);
			return { ...result, warnings: [...passedOver, ...result.warnings] };
		} catch (error) {
			passedOver.push(`The copy in ${store.label} could not be used: ${reasonOf(error)}`);
			throw error;
		}
	};
	const isAboutStore = (error: unknown) =>
		COPY_FAILURES.some((type) => error instanceof type) && !signal.aborted;
	try {
		return await firstThatWorks(repository.stores, attempt, signal, isAboutStore);
	} catch (error) {
		throw explainFailure(error, 'The restore', signal);
	}
}

/** Restores from the one store of the repository in `input`. */
async function restore(
	input: RestoreDumpInput,
	startedAt: number,
	signal: AbortSignal | undefined,
): Promise<RestoreResult> {
	const { server, repository, backup, mode, database } = input;
	requireName(database);
	const manifest = await readManifest(repository, backup, signal);
	requirePostgres(manifest);
	requireSource(manifest, input.sourceDatabase);
	const purpose = `restore-${randomBytes(4).toString('hex')}`;
	const maintenance = await connectMaintenance(server, { avoid: database, purpose, signal });
	try {
		await lockTarget(maintenance, database);
		const sourceVersion = manifest.source.serverVersion;
		const checked = await preflight(maintenance, { mode, database, sourceVersion });
		const archive = await readArchiveToc(repository, backup, signal)
			.then(async (toc) => {
				const archive = await checkArchive(maintenance, toc, input, checked.rights.version);
				if (mode === 'existing-database') {
					await requireRoom(toc, server, { purpose, database, signal });
				}
				return archive;
			})
			.catch((error: unknown) => {
				throw explain(error, { database, checked, signal });
			});
		const engine = await chooseRestoreEngine({
			...{ engine: input.engine, mode, archive, dumpedBy: manifest.engine.version },
			...(input.binariesDirectory && { binariesDirectory: input.binariesDirectory }),
			serverMajor: Math.floor(checked.rights.version / 10_000),
		});
		const outcome = await execute({
			...input,
			manifest,
			...{ engine, archive, checked },
			maintenance,
			purpose,
			signal,
		});
		const result = describe(input, manifest, engine, outcome, startedAt);
		const { database: source } = manifest.source;
		const isOther = checked.target !== undefined && source !== undefined && source !== database;
		if (isOther) result.warnings.unshift(`Database ${database} has the content of ${source} now.`);
		return result;
	} finally {
		await maintenance.end().catch(() => undefined);
	}
}

async function execute(run: RestoreRun & { mode: RestoreMode }): Promise<RestoreOutcome> {
	let restoreDatabase: string | undefined;
	try {
		if (run.mode === 'existing-database') return await restoreInPlace(run);
		const { maintenance, server, database, backup, manifest, checked } = run;
		const prepared = await prepareRestoreDatabase(maintenance, server, database, backup.id);
		// From here on, even when creating it is cut short, the server may have it.
		restoreDatabase = prepared.name;
		const created = await createRestoreDatabase(maintenance, prepared.name, database, {
			properties: manifest.source.properties,
			serverVersion: checked.rights.version,
			...(checked.target && { tablespace: checked.target.tablespace }),
		});
		const outcome = await restoreBeside(run, prepared.name);
		return { ...outcome, warnings: [...prepared.warnings, ...created, ...outcome.warnings] };
	} catch (error) {
		if (error instanceof TargetStateError) throw error;
		const { server, database, purpose } = run;
		const clean = await cleanUp(server, {
			...{ database, purpose },
			...(restoreDatabase !== undefined && { restoreDatabase }),
		});
		throw explain(error, run, clean ? undefined : restoreDatabase);
	}
}

/** The error for people, with the state of the target, which is always as it was. */
function explain(
	error: unknown,
	run: Pick<RestoreRun, 'database' | 'checked' | 'signal'>,
	leftover?: string,
): Error {
	const known = explainFailure(error, 'The restore', run.signal);
	const { database } = run;
	const untouched = run.checked.target
		? `Database ${database} is as it was.`
		: `No database ${database} was created.`;
	const remains = leftover
		? ` The unfinished ${leftover} could not be removed; the next restore of ${database} does that.`
		: '';
	known.message = `${known.message} ${untouched}${remains}`;
	return known;
}

function describe(
	input: RestoreDumpInput,
	manifest: Manifest,
	engine: RestoreEngine,
	outcome: RestoreOutcome,
	startedAt: number,
): RestoreResult {
	const { keptDatabase, tables, rows, checksumsCompared, warnings } = outcome;
	const countsCompared = fingerprintOf(manifest, 'postgres') !== undefined;
	return {
		backupId: manifest.id,
		consistencyPoint: manifest.consistencyPoint,
		mode: input.mode,
		database: input.database,
		...(keptDatabase !== undefined && { keptDatabase }),
		engine:
			engine.kind === 'native'
				? { name: 'native', version: engine.tool.version }
				: { name: 'own', version: tool.version },
		...{ tables, rows, countsCompared, checksumsCompared },
		durationMs: Date.now() - startedAt,
		dataAgeMs: startedAt - Date.parse(manifest.consistencyPoint),
		warnings: countsCompared
			? [...warnings]
			: [...warnings, 'The backup has no row counts, so the restored data was not compared.'],
	};
}

function requireName(database: string): void {
	const bytes = Buffer.byteLength(database);
	if (bytes > 0 && bytes <= MAX_NAME_BYTES && !database.includes('\0')) return;
	throw new ConfigurationError('The name of the database to restore is empty or too long.', {
		hint: `Give a name of at most ${MAX_NAME_BYTES} bytes.`,
	});
}

function requireSource({ id, source }: Manifest, wanted: string | undefined): void {
	if (wanted === undefined || source.database === undefined || source.database === wanted) return;
	throw new ConfigurationError(
		`The backup ${id} is of database ${source.database}, not of ${wanted}, whose content would be lost.`,
		{
			hint: 'If it is meant all the same, give the name of the backup or choose it from the list.',
		},
	);
}

function requirePostgres({ id, component }: Manifest): void {
	if (component === 'postgres') return;
	throw new ConfigurationError(`The backup ${id} is of ${component}, not of Postgres.`, {
		hint: 'Choose a backup of a Postgres database.',
	});
}
