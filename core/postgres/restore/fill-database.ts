import type { Client } from 'pg';
import { openPayload } from '../../repository/read-backup';
import { openArchive } from '../archive/open-archive';
import type { ArchiveToc } from '../archive/toc';
import { connectForLong } from '../long-session';
import { restoreWithPgRestore } from './native-restore';
import { restoreArchive } from './own-restore';
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

/** Puts the backup into `database` with the engine of `run`, in one transaction. */
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
			const { toc, rows, warnings } = await restoreArchive(client, await openArchive(stream), {
				owners: run.owners,
				privileges: run.privileges,
				clean,
				...(beforeCommit && { beforeCommit: () => beforeCommit(client) }),
			});
			return {
				toc,
				tables: countTables(toc),
				rows,
				warnings,
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
	const { server, purpose, owners, privileges, signal } = run;
	const { stream } = await openPayload(run.repository, run.backup, { signal });
	const job = { server, database, purpose, owners, privileges, clean };
	const summary = await restoreWithPgRestore(tool, job, stream, signal);
	return {
		toc: summary,
		tables: summary.tables.length,
		rows: summary.tables.reduce((sum, { rows }) => sum + rows, 0),
		warnings: [],
	};
}

function countTables({ entries }: ArchiveToc): number {
	return entries.filter(({ kind, hadData }) => hadData && kind !== 'BLOBS').length;
}
