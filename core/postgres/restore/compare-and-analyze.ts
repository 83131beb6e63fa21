import type { Client } from 'pg';
import { connectForLong } from '../long-session';
import { analyze } from './analyze';
import { type Compared, requireEqualCopy } from './compare-copy';
import type { RestoreRun } from './restore-run';

/**
 * Compares a database that was just filled with what was backed up, and gathers its statistics; at
 * the same time, since both only wait for the server, which has a processor for each. Rejects with
 * the first failure, and always with both connections closed: a database in use can be neither
 * renamed nor dropped.
 */
export async function compareAndAnalyze(run: RestoreRun, database: string): Promise<Compared> {
	const failed = new AbortController();
	const signal = run.signal ? AbortSignal.any([run.signal, failed.signal]) : failed.signal;
	const inSession = async <Result>(work: (client: Client) => Promise<Result>) => {
		try {
			const client = await connectForLong(run.server, { purpose: run.purpose, database, signal });
			try {
				return await work(client);
			} finally {
				await client.end().catch(() => undefined);
			}
		} catch (error) {
			failed.abort(error);
			throw error;
		}
	};
	const [compared, analyzed] = await Promise.allSettled([
		inSession((client) => requireEqualCopy(client, run.manifest)),
		inSession(analyze),
	]);
	if (compared.status === 'rejected' || analyzed.status === 'rejected') {
		// The one that failed first; the other was only cut off.
		throw failed.signal.reason;
	}
	return { ...compared.value, warnings: [...compared.value.warnings, ...analyzed.value] };
}
