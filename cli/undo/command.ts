import { undoSwap } from '../../core/postgres/undo-swap';
import { parseOptions, required } from '../arguments';
import type { Surroundings } from '../command';
import { printResult } from '../console/result';
import { EXIT } from '../exit-code';
import { confirm, confirmOptions, confirmUsage, requireConsent } from '../restore/confirm';
import { serverOptions } from '../server/options';
import { postgresAddress, postgresUsage, withPassword } from '../server/postgres';

export const usage = `undo postgres --user <name> --database <name>

  Brings back the database that a restore has replaced; "restore postgres" prints this command. What
  has its name now is kept under another one.

  --database <name>       the name that was taken over
  --kept-database <name>  the one to bring back; the one kept last by default

${postgresUsage}

${confirmUsage}

  Example:
  npx n8n-nodes-disaster-recovery undo postgres --user mrdj_user --database mrdj_db`;

const options = {
	...{ ...serverOptions, ...confirmOptions },
	database: { type: 'string' },
	'kept-database': { type: 'string' },
} as const;

/** Rejects as `confirm` and `undoSwap` do. */
export async function run(args: string[], surroundings: Surroundings): Promise<number> {
	const values = parseOptions(args, options);
	const database = required(values.database, 'database', 'mrdj_db');
	const { 'kept-database': keptDatabase } = values;
	const address = await postgresAddress(values, surroundings);
	requireConsent(values, surroundings);
	const signal = surroundings.cancellation();
	const { host, port } = address;
	const summary = [
		`${keptDatabase ?? 'The database kept last'} is called ${database} again, on ${host}:${port}.`,
		`What is called ${database} now is kept under another name. The sessions of both are ended.`,
	];
	await confirm(database, summary, values, surroundings);
	const server = { ...(await withPassword(address, surroundings)), database };
	const result = await undoSwap(
		{ server, database, ...(keptDatabase && { keptDatabase }) },
		{ signal },
	);
	const { broughtBack, setAside } = result;
	printResult(surroundings, values, result, [
		`${database} is what it was before the restore; it had been kept as ${broughtBack}.`,
		...(setAside === undefined ? [] : [`What was restored is kept as ${setAside}.`]),
	]);
	return EXIT.done;
}
