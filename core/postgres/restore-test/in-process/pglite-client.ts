import { Client } from 'pg';
import { RestoreError } from '../../../errors';
import { alreadyConnected } from '../../connection';
import type { PgliteJob } from './job';
import { type PgliteProcess, startPglite } from './pglite-process';

/** A slow machine takes its time to start; one that hangs is given up. */
const START_LIMIT_MS = 120_000;
/** A statement that gives no sign for so long hangs: building the largest index takes minutes. */
const SILENCE_LIMIT_MS = 30 * 60_000;

/** A client that is logged in to a test database of its own. */
export interface PgliteSession {
	readonly client: Client;
	readonly process: PgliteProcess;
	/** Why the database is gone, for people; undefined while it is there, or ended well. */
	fault(): string | undefined;
}

/** Starts a test database and logs in. Rejects with `RestoreError`; the process is gone then. */
export async function openPglite(job: PgliteJob, signal?: AbortSignal): Promise<PgliteSession> {
	const running = startPglite(job, signal);
	let fault: string | undefined;
	void running.ended.then((found) => (fault ??= found));
	running.wire.setTimeout(SILENCE_LIMIT_MS, () => {
		fault = `gave no sign for ${SILENCE_LIMIT_MS / 60_000} minutes`;
		void running.kill();
	});
	const client = new Client({
		...{ user: 'postgres', database: 'postgres', password: () => '', ssl: false },
		stream: () => alreadyConnected(running.wire),
		connectionTimeoutMillis: START_LIMIT_MS,
	});
	// The loss of an idle connection would end the whole process; queries tell of it too.
	client.on('error', () => undefined);
	try {
		await client.connect();
		await client.query("SELECT pg_catalog.set_config('search_path', '', false)");
	} catch (error) {
		await running.kill();
		signal?.throwIfAborted();
		throw new RestoreError(`The test database did not start: it ${fault ?? 'said nothing'}.`, {
			hint: 'Give n8n more memory, or set a scratch server for the restore test.',
			cause: error,
		});
	}
	return { client, process: running, fault: () => fault };
}
