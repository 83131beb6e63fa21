import type { Client } from 'pg';
import { openPayload } from '../../repository/read-backup';
import { reasonOf } from '../../repository/reason';
import { openArchive } from '../archive/open-archive';
import type { ArchiveToc } from '../archive/toc';
import { connectForLong } from '../long-session';
import { applyRights } from './apply-rights';
import { restoreWithPgRestore } from './native-restore';
import { restoreArchive } from './own-restore';
import { RefusedRights } from './refused-rights';
import type { RestoreRun } from './restore-run';

export interface Filled {
	readonly toc: ArchiveToc;
	readonly tables: number;
	readonly rows: number;
	readonly warnings: readonly string[];
}

export interface FillOptions {
	readonly database: string;
	/** Drop what the archive is about to create, in the same transaction. */
	readonly clean: boolean;
	/** Only our own reader can look at the result before it is committed. */
	readonly beforeCommit?: (client: Client) => Promise<void>;
}

const TABLESPACES_WARNING =
	'Everything is in the default tablespace now: the login may not use all tablespaces of the backup on this server.';

/**
 * Puts the backup into `database` with the engine of `run`. With `clean` in one transaction; else the
 * database is there for this alone, and the caller drops it when this rejects.
 */
export async function fillDatabase(run: RestoreRun, options: FillOptions): Promise<Filled> {
	const { engine } = run;
	return engine.kind === 'own'
		? await fillByReader(run, options)
		: await fillByPgRestore(run, engine.tool, options);
}

async function fillByReader(run: RestoreRun, options: FillOptions): Promise<Filled> {
	const { server, purpose, signal } = run;
	const { database, clean, beforeCommit } = options;
	const client = await connectForLong(server, { purpose, database, signal });
	try {
		const { stream } = await openPayload(run.repository, run.backup, { signal });
		// Whoever waits for a slow store would notice a lost server only with the next statement.
		client.once('error', (lost) => stream.destroy(lost));
		try {
			const refused = new RefusedRights();
			const { toc, rows, warnings } = await restoreArchive(client, await openArchive(stream), {
				...planned(run),
				...(isLenient(run) && { onRefusedRight: refused.add }),
				clean,
				...(!clean && { statementsPerTransaction: run.archive.statementsPerTransaction }),
				...(beforeCommit && { beforeCommit: () => beforeCommit(client) }),
			});
			return {
				toc,
				tables: countTables(toc),
				rows,
				warnings: [...warnings, ...refused.warnings(run.checked.rights.user)],
			};
		} finally {
			stream.destroy();
		}
	} finally {
		// In the middle of a COPY this cuts the connection; the server then undoes the transaction.
		await client.end().catch(() => undefined);
	}
}

async function fillByPgRestore(
	run: RestoreRun,
	tool: Parameters<typeof restoreWithPgRestore>[0],
	{ database, clean }: FillOptions,
): Promise<Filled> {
	const { server, purpose, signal } = run;
	const { tablespaces } = run.archive;
	const statementsPerTransaction = clean ? undefined : run.archive.statementsPerTransaction;
	const { stream } = await openPayload(run.repository, run.backup, { signal });
	// All or nothing is what pg_restore knows of rights; `auto` is done by us afterwards.
	const [owners, privileges] = [run.owners === 'always', run.privileges === 'always'];
	const job = {
		...{ server, database, purpose, owners, privileges, tablespaces, clean },
		statementsPerTransaction,
	};
	const summary = await restoreWithPgRestore(tool, job, stream, signal).finally(() => {
		// It may not even have been started, and then nobody has read the payload.
		stream.destroy();
	});
	const rights = isLenient(run) ? await restoreRights(run, database, summary, clean) : [];
	return {
		toc: summary,
		tables: summary.tables.length,
		rows: summary.tables.reduce((sum, { rows }) => sum + rows, 0),
		warnings: [...rights, ...(tablespaces ? [] : [TABLESPACES_WARNING])],
	};
}

/** Puts back owners and grants where `auto` was chosen, behind a pg_restore that has left them. */
async function restoreRights(
	run: RestoreRun,
	database: string,
	toc: ArchiveToc,
	committed: boolean,
): Promise<string[]> {
	if (!toc.textIsExact) {
		return [
			`Owners and grants were left out: names in the archive are in encoding ${toc.encoding} and cannot be read here.`,
		];
	}
	const refused = new RefusedRights();
	try {
		await applyRights(run, database, toc, refused.add);
	} catch (error) {
		// In the existing database the old content is gone by now: no error may say otherwise.
		if (!committed) throw error;
		return [`Owners and grants were not restored: ${reasonOf(error)}`];
	}
	return refused.warnings(run.checked.rights.user);
}

function planned(run: RestoreRun) {
	return {
		owners: run.owners !== 'never',
		privileges: run.privileges !== 'never',
		adaptation: { leaveOut: run.archive.omitted, definitions: new Map() },
	};
}

/** With `always` for the one, the other may still have to go without some roles. */
function isLenient({ owners, privileges }: RestoreRun): boolean {
	return owners === 'auto' || privileges === 'auto';
}

function countTables({ entries }: ArchiveToc): number {
	return entries.filter(({ kind, hadData }) => hadData && kind !== 'BLOBS').length;
}
