import type { Client } from 'pg';
import { ConfigurationError, NotFoundError } from '../errors';
import type { PostgresServer } from './connection';
import { type PulseContext, underPulse } from './pulse';
import { isKeptDatabase, undoneDatabaseName } from './restore/database-names';
import { databaseExists, freeStampedName, listDatabaseNames } from './restore/databases';
import { explainFailure } from './restore/explain-failure';
import { connectMaintenance, reconnectMaintenance } from './restore/maintenance';
import { requirePrimary, requireReplaceable } from './restore/preflight';
import { swapDatabases } from './restore/swap';
import { lockTarget } from './restore/target-lock';
import { readServerRights, readTargetDatabase } from './restore/target-state';

export interface UndoSwapInput {
	server: PostgresServer;
	/** The name that was taken over by the restored database. */
	database: string;
	/** The one to bring back; the one that was kept last when left out. */
	keptDatabase?: string;
}

export interface UndoSwapResult {
	database: string;
	/** What has been brought back was called this. */
	broughtBack: string;
	/** What the restored database is called now; absent where there was none of that name. */
	setAside?: string;
	warnings: string[];
}

/**
 * Brings back a database that a restore has replaced: it gets its name again, and what has that name
 * now is set aside as `<database>_undone_<time>`. Sessions on both are ended. Nothing is dropped. Rejects
 * with `NotFoundError`, `ConfigurationError` or `ConflictError`; nothing has changed then.
 */
export async function undoSwap(
	input: UndoSwapInput,
	context: PulseContext = {},
): Promise<UndoSwapResult> {
	return await underPulse(input.server, context, async (signal) => {
		try {
			return await undo(input, signal);
		} catch (error) {
			throw explainFailure(error, 'The undo', signal);
		}
	});
}

async function undo(
	{ server, database, keptDatabase }: UndoSwapInput,
	signal: AbortSignal | undefined,
): Promise<UndoSwapResult> {
	const options = { avoid: database, purpose: 'undo-swap' };
	const maintenance = await connectMaintenance(server, { ...options, signal });
	try {
		await lockTarget(maintenance, database);
		const kept = await chooseKept(maintenance, database, keptDatabase);
		const warnings = await requireBothReplaceable(maintenance, database, kept);
		const setAside = (await databaseExists(maintenance, database))
			? await freeStampedName(maintenance, (at) => undoneDatabaseName(database, at))
			: undefined;
		const terminator = await connectMaintenance(server, { ...options, signal });
		try {
			const reconnect = (limit: AbortSignal) =>
				reconnectMaintenance(server, { ...options, signal: limit });
			await swapDatabases(
				{ maintenance, terminator, reconnect },
				{ database, replacement: kept, setAside },
			);
		} finally {
			await terminator.end();
		}
		return { database, broughtBack: kept, ...(setAside !== undefined && { setAside }), warnings };
	} finally {
		await maintenance.end().catch(() => undefined);
	}
}

/** Databases that restores of `database` have replaced and kept, the latest first. */
export async function listKeptDatabases(
	{ server, database }: { server: PostgresServer; database: string },
	signal?: AbortSignal,
): Promise<string[]> {
	const maintenance = await connectMaintenance(server, {
		avoid: database,
		purpose: 'undo-swap',
		signal,
	});
	try {
		return await keptDatabases(maintenance, database);
	} finally {
		await maintenance.end();
	}
}

async function keptDatabases(maintenance: Client, database: string): Promise<string[]> {
	const names = await listDatabaseNames(maintenance);
	return names
		.filter((name) => isKeptDatabase(name, database))
		.sort()
		.reverse();
}

async function chooseKept(
	maintenance: Client,
	database: string,
	wanted: string | undefined,
): Promise<string> {
	const kept = await keptDatabases(maintenance, database);
	const chosen = wanted ?? kept[0];
	if (chosen !== undefined && kept.includes(chosen)) return chosen;
	if (wanted !== undefined && !isKeptDatabase(wanted, database)) {
		throw new ConfigurationError(
			`${wanted} is not a database that a restore of ${database} kept.`,
			{
				hint: `Choose one from the list; their names begin with ${database}_before_.`,
			},
		);
	}
	if (wanted !== undefined) {
		throw new NotFoundError(`There is no database ${wanted}.`, {
			hint: 'Choose one from the list of kept databases.',
		});
	}
	throw new NotFoundError(`No restore of database ${database} has kept the one before.`, {
		hint: 'Check the name of the database. Only a restore that replaces it by swap keeps the one before.',
	});
}

async function requireBothReplaceable(
	maintenance: Client,
	database: string,
	kept: string,
): Promise<string[]> {
	const rights = await readServerRights(maintenance);
	requirePrimary(rights);
	const warnings: string[] = [];
	for (const name of [database, kept]) {
		const target = await readTargetDatabase(maintenance, name);
		if (target) warnings.push(...(await requireReplaceable(maintenance, target, name, rights)));
	}
	return warnings;
}
