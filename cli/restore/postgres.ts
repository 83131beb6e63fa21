import { identifyServer } from '../../core/postgres/cluster-identity';
import type { PostgresServer } from '../../core/postgres/connection';
import { databaseExists } from '../../core/postgres/restore/databases';
import { connectMaintenance } from '../../core/postgres/restore/maintenance';
import {
	RESTORE_DEFAULTS,
	restoreDump,
	type RestoreDumpInput,
	type RestoreResult,
} from '../../core/postgres/restore-dump';
import { counted, humanDuration } from '../../core/report/words';
import { RESTORE_CHOICE } from '../../core/repository/choose-backup';
import { oneOf, parseOptions } from '../arguments';
import { choiceOptions, choiceUsage, isOneNamed } from '../backup/choice';
import { keyOptions, keyUsage } from '../backup/key';
import { locationOptions, locationUsage } from '../backup/location';
import type { Surroundings } from '../command';
import { printResult } from '../console/result';
import { EXIT } from '../exit-code';
import { serverOptions } from '../server/options';
import { postgresAddress, postgresUsage, withPassword } from '../server/postgres';
import { UsageError } from '../usage-error';
import { undoLine } from '../undo/undo-line';
import { chooseToRestore, type ChosenToRestore } from './chosen';
import { confirm, confirmOptions, confirmUsage, requireConsent } from './confirm';
import { type Intention, summaryOf } from './summary';

export const usage = `restore postgres <where the backups are> --user <name> [--database <name>]

  Restores beside the database, compares every table with what was backed up, then swaps the names. The
  database of before is kept under another name.

  --database <name>      the database to replace; by default the one that was backed up
  --new-database <name>  restores into a new one instead, and touches nothing that exists
  --unsupported leave-out  does without objects that this server or login cannot create, and names them

${choiceUsage(RESTORE_CHOICE)}

${postgresUsage}

${locationUsage}

${keyUsage}

${confirmUsage}

  Example:
  npx n8n-nodes-disaster-recovery restore postgres --s3-bucket mrdj-backups --host db.example.com --user mrdj_user`;

const options = {
	...{ ...locationOptions, ...keyOptions, ...choiceOptions, ...serverOptions, ...confirmOptions },
	database: { type: 'string' },
	'new-database': { type: 'string' },
	unsupported: { type: 'string' },
} as const;

/** Rejects as `chooseToRestore`, `confirm` and `restoreDump` do. */
export async function run(args: string[], surroundings: Surroundings): Promise<number> {
	const values = parseOptions(args, options);
	const unsupported = oneOf(values.unsupported, 'unsupported', ['refuse', 'leave-out']);
	const { database: replaced, 'new-database': added } = values;
	if (replaced !== undefined && added !== undefined) {
		throw new UsageError('--database and --new-database exclude each other.', {
			hint: 'The first replaces a database, the second leaves all that exists as it is.',
		});
	}
	const address = await postgresAddress(values, surroundings);
	requireConsent(values, surroundings);
	const signal = surroundings.cancellation();
	const login = await withPassword(address, surroundings);
	const cluster = await identifyServer(login, signal);
	const found = await chooseToRestore(
		values,
		{
			component: 'postgres',
			...(!isOneNamed(values) && cluster !== undefined && { cluster }),
		},
		surroundings,
		signal,
	);
	const database = added ?? replaced ?? databaseOf(found);
	const server = { ...login, database };
	const mode = added === undefined ? RESTORE_DEFAULTS.mode : 'new-database';
	const intention = await intend(server, found, mode, signal);
	await confirm(database, summaryOf(found, intention), values, surroundings);
	const { repository, chosen } = found;
	const result = await restoreDump(
		{
			...{ ...RESTORE_DEFAULTS, ...(unsupported && { unsupported }) },
			...{ server, repository, backup: chosen.backup, mode, database },
		},
		{ signal },
	);
	const undo = undoOf(server, result);
	printResult(surroundings, values, { ...result, undo }, sentencesOf(result, undo));
	return EXIT.done;
}

function databaseOf({ manifest }: ChosenToRestore): string {
	const { database } = manifest.source;
	if (database !== undefined) return database;
	throw new UsageError(`The backup ${manifest.id} does not say which database it is of.`, {
		hint: 'Add --database <name>.',
	});
}

async function intend(
	server: PostgresServer,
	{ manifest }: ChosenToRestore,
	mode: RestoreDumpInput['mode'],
	signal: AbortSignal,
): Promise<Intention> {
	const { database, host, port, user } = server;
	const isThere = await exists(server, signal);
	const { database: source } = manifest.source;
	const other =
		source === undefined || source === database ? '' : `, with the content of ${source}`;
	const into = `database ${database} on ${host}:${port} as ${user}${other}`;
	if (mode === 'new-database' || !isThere) {
		return { into, meanwhile: ['The database is made new. Nothing that exists is touched.'] };
	}
	return {
		into,
		lostFrom: database,
		meanwhile: [
			`Restored beside ${database} and compared first. Then its sessions are ended,`,
			'and the two swap names: the database of before is kept under another name.',
		],
	};
}

async function exists(server: PostgresServer, signal: AbortSignal): Promise<boolean> {
	const options = { avoid: server.database, purpose: 'look', signal };
	const client = await connectMaintenance(server, options);
	try {
		return await databaseExists(client, server.database);
	} finally {
		await client.end();
	}
}

function undoOf(server: PostgresServer, { keptDatabase, database }: RestoreResult): string {
	if (keptDatabase !== undefined) return undoLine(server, keptDatabase);
	return `DROP DATABASE of ${database}: there was none before.`;
}

function sentencesOf(result: RestoreResult, undo: string): string[] {
	const { backupId, database, tables, rows, durationMs, dataAgeMs, keptDatabase } = result;
	const compared = result.checksumsCompared
		? 'rows and checksums were compared'
		: result.countsCompared
			? 'rows were counted and compared'
			: 'NOT compared with what was backed up';
	return [
		`Restored ${database} from ${backupId}: ${counted(tables, 'table')}, ${counted(rows, 'row')}, ${compared}.`,
		`The data are ${humanDuration(dataAgeMs / 1000)} old; the restore took ${humanDuration(durationMs / 1000)}.`,
		...(keptDatabase === undefined
			? []
			: [
					`The database of before is kept as ${keptDatabase}. Drop it when it is not needed any more.`,
				]),
		`To go back: ${undo}`,
	];
}
