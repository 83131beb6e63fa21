import type { Client } from 'pg';
import { ConnectionError } from '../errors';

const PID = 'SELECT pg_catalog.pg_backend_pid() AS pid';
/** A pooler makes a session wait for one of its few connections, for minutes if it has to. */
const ANSWER_LIMIT_MS = 5_000;

/**
 * Whether something between here and the server speaks for it: a pooler makes up the process number
 * that it tells at the login, since it may not have a connection to a server yet.
 */
export async function isPooled(client: Client): Promise<boolean> {
	const { processID } = client as Client & { processID?: number | null };
	return (await backendPid(client)) !== processID;
}

/**
 * Rejects with `ConnectionError` unless the pooler that `client` talks to keeps one server session for
 * it. A second login has to be given another session, and the first one must still have its own then.
 */
export async function requireOwnSession(
	client: Client,
	openAnother: () => Promise<Client>,
): Promise<void> {
	const first = await backendPid(client);
	const other = await openAnother();
	try {
		const answers = async () => {
			await other.query('BEGIN');
			if ((await backendPid(other)) === first) return false;
			return (await backendPid(client)) === first;
		};
		const kept = await withLimit(answers().catch(refusesTransactions));
		if (kept === undefined) throw exhausted();
		if (!kept) throw sharesSessions();
	} finally {
		await other.end().catch(() => undefined);
	}
}

/** What a pooler does with statements instead of transactions: it cuts the connection. */
function refusesTransactions(): boolean {
	return false;
}

async function withLimit(answer: Promise<boolean>): Promise<boolean | undefined> {
	let timer: NodeJS.Timeout | undefined;
	const limit = new Promise<undefined>((resolve) => {
		timer = setTimeout(() => resolve(undefined), ANSWER_LIMIT_MS);
	});
	try {
		return await Promise.race([answer, limit]);
	} finally {
		clearTimeout(timer);
	}
}

async function backendPid(client: Client): Promise<number | undefined> {
	const { rows } = await client.query<{ pid: number }>(PID);
	return rows[0]?.pid;
}

function sharesSessions(): ConnectionError {
	return new ConnectionError(
		'The connection goes through a pooler that shares sessions of the server among its clients. Snapshots, locks and settings of a session do not work there.',
		{ hint: 'Give the address of the Postgres server itself, or of a pooler in session mode.' },
	);
}

function exhausted(): ConnectionError {
	return new ConnectionError('The connection goes through a pooler that has no second one free.', {
		hint: 'Give the address of the Postgres server itself, or make the pool larger.',
	});
}
