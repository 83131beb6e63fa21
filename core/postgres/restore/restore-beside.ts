import { DatabaseError, escapeIdentifier } from 'pg';
import { compareAndAnalyze } from './compare-and-analyze';
import { copyDatabaseSettings } from './database-settings';
import { freeStampedName } from './databases';
import { keptDatabaseName } from './database-names';
import { leftOutWarnings } from './left-out';
import { fillDatabase } from './fill-database';
import { connectMaintenance, reconnectMaintenance } from './maintenance';
import type { RestoreOutcome, RestoreRun } from './restore-run';
import { swapDatabases } from './swap';

/**
 * Fills `restoreDatabase`, compares it with the backup, and gives it the name of the target; the
 * target, where it exists, keeps everything under another name. Nothing that exists is touched before
 * that last step.
 */
export async function restoreBeside(
	run: RestoreRun,
	restoreDatabase: string,
): Promise<RestoreOutcome> {
	const { toc, ...filled } = await fillDatabase(run, { database: restoreDatabase, clean: false });
	const compared = await compareAndAnalyze(run, restoreDatabase);
	const { maintenance, database } = run;
	const settings = run.checked.target
		? await copyDatabaseSettings(maintenance, database, restoreDatabase)
		: { comment: null, warnings: await giveToOwner(run, restoreDatabase) };
	const keptDatabase = await takeName(run, restoreDatabase, settings.comment);
	return {
		...filled,
		...(keptDatabase !== undefined && { keptDatabase }),
		checksumsCompared: compared.checksumsCompared,
		warnings: [
			...run.checked.warnings,
			...filled.warnings,
			...leftOutWarnings(toc, run),
			...compared.warnings,
			...settings.warnings,
		],
	};
}

/** Whoever owned the database of the source creates schemas in it, and more. */
async function giveToOwner(
	{ maintenance, manifest, owners, checked }: RestoreRun,
	database: string,
): Promise<string[]> {
	const { owner } = manifest.source.properties;
	if (owners === 'never' || owner === undefined || owner === checked.rights.user) return [];
	try {
		await maintenance.query(
			`ALTER DATABASE ${escapeIdentifier(database)} OWNER TO ${escapeIdentifier(owner)}`,
		);
		return [];
	} catch (error) {
		if (!(error instanceof DatabaseError) || owners === 'always') throw error;
		return [
			`The database belongs to ${checked.rights.user} and not to the owner in the source, because ${error.message}.`,
		];
	}
}

async function takeName(
	run: RestoreRun,
	replacement: string,
	comment: string | null,
): Promise<string | undefined> {
	const { server, maintenance, database, purpose, signal } = run;
	const setAside = run.checked.target
		? await freeStampedName(maintenance, (at) => keptDatabaseName(database, at))
		: undefined;
	const terminator = await connectMaintenance(server, { avoid: database, purpose, signal });
	try {
		const reconnect = (limit: AbortSignal) =>
			reconnectMaintenance(server, { avoid: database, purpose, signal: limit });
		await swapDatabases(
			{ maintenance, terminator, reconnect },
			{ database, replacement, setAside, comment },
		);
	} finally {
		await terminator.end();
	}
	return setAside;
}
