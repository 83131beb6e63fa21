import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg';
import { ConflictError, RestoreError } from '../../errors';
import { reasonOf } from '../../repository/reason';
import { endSession, ownSession, type OwnSession } from './own-session';
import { TargetStateError } from './target-state-error';
import { describeSessions, readSessions, readTargetDatabase, type Session } from './target-state';

const ATTEMPTS = 3;
/** The server waits 5 s by itself for the sessions to leave, holding new ones off. */
const LOCK_TIMEOUT = '15s';
const TERMINATE_EVERY_MS = 50;
/** Two locks, the waits for sessions before them, and a commit are done sooner, or their answer is lost. */
const ANSWER_LIMIT_MS = 2 * 60_000;
/** How long it may take to find out what has become of a swap. */
const OUTCOME_LIMIT_MS = 60_000;

export interface Swap {
	/** The name that clients use. */
	readonly database: string;
	/** The database that gets this name. */
	readonly replacement: string;
	/** The name for the one that has it now; undefined where there is none. */
	readonly setAside: string | undefined;
	/** Comment for the replacement; undefined leaves it alone. */
	readonly comment?: string | null;
	/** How long one attempt may take, in milliseconds; 2 minutes by default. */
	readonly answerLimitMs?: number;
}

/** Connections to a database that takes no part in the swap. */
export interface SwapConnections {
	readonly maintenance: Client;
	/** Ends sessions while `maintenance` waits for them. */
	readonly terminator: Client;
	/** Opens one more, to see what has become of a swap whose connection was lost; `limit` cuts it. */
	readonly reconnect: (limit: AbortSignal) => Promise<Client>;
}

/**
 * Exchanges the names in one transaction: a crash leaves either all as it was or all done. Sessions on
 * both databases are ended while the rename, which keeps new ones out, waits for them.
 *
 * Rejects with `ConflictError` naming the sessions that would not end, or `RestoreError`: nothing has
 * changed then; or with `TargetStateError` where the outcome is unknown.
 */
export async function swapDatabases(connections: SwapConnections, swap: Swap): Promise<void> {
	const { maintenance } = connections;
	const session = await ownSession(maintenance);
	const replacement = await readTargetDatabase(maintenance, swap.replacement);
	for (let attempt = 1; ; attempt++) {
		try {
			await answered(maintenance, swap, trySwap(connections, swap));
			return;
		} catch (error) {
			if (!(error instanceof DatabaseError) || error.code?.startsWith('57P')) {
				await afterLostConnection(connections, swap, { session, oid: replacement?.oid }, error);
				return;
			}
			await maintenance.query('ROLLBACK');
			// 55006: somebody is connected; 55P03: somebody holds the lock of the database.
			const busy = error.code === '55006' || error.code === '55P03';
			if (!busy) throw refused(swap, error);
			if (attempt === ATTEMPTS) throw await stillInUse(maintenance, swap, error);
		}
	}
}

/** Cuts a connection on which no answer comes, so that what waits for it is told. */
async function answered(
	maintenance: Client,
	{ answerLimitMs = ANSWER_LIMIT_MS }: Swap,
	swapping: Promise<void>,
): Promise<void> {
	const limit = setTimeout(() => void maintenance.end().catch(() => undefined), answerLimitMs);
	try {
		await swapping;
	} finally {
		clearTimeout(limit);
	}
}

async function trySwap(
	{ maintenance, terminator }: SwapConnections,
	{ database, replacement, setAside, comment }: Swap,
): Promise<void> {
	await maintenance.query('BEGIN');
	await maintenance.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
	if (setAside !== undefined) await rename(maintenance, terminator, database, setAside);
	await rename(maintenance, terminator, replacement, database);
	if (comment !== undefined) {
		const text = comment === null ? 'NULL' : escapeLiteral(comment);
		await maintenance.query(`COMMENT ON DATABASE ${escapeIdentifier(database)} IS ${text}`);
	}
	await maintenance.query('COMMIT');
}

async function rename(
	maintenance: Client,
	terminator: Client,
	from: string,
	to: string,
): Promise<void> {
	const database = await readTargetDatabase(maintenance, from);
	const renamed = maintenance.query(
		`ALTER DATABASE ${escapeIdentifier(from)} RENAME TO ${escapeIdentifier(to)}`,
	);
	if (database) await Promise.all([renamed, endSessionsUntil(renamed, terminator, database.oid)]);
	else await renamed;
}

/** Never rejects: what it cannot end shows in the rename, which fails for it. */
async function endSessionsUntil(
	settled: Promise<unknown>,
	terminator: Client,
	databaseOid: number,
): Promise<void> {
	let waiting = true;
	const stop = () => void (waiting = false);
	const over = settled.then(stop, stop);
	// Its own connection may be lost too, and must not keep anybody waiting.
	const ended = async () => {
		while (waiting && (await endSessions(terminator, databaseOid))) await sleep(TERMINATE_EVERY_MS);
	};
	await Promise.race([over, ended().then(() => over)]);
}

/** Resolves with whether it can be of use once more. */
async function endSessions(terminator: Client, databaseOid: number): Promise<boolean> {
	try {
		const sessions = await readSessions(terminator, databaseOid);
		const pids = sessions.flatMap(({ pid, endable }) => (endable ? [pid] : []));
		await terminator.query(
			'SELECT pg_catalog.pg_terminate_backend(pid) FROM unnest($1::int[]) pid',
			[pids],
		);
		return true;
	} catch (error) {
		// Without a connection there is nothing more to end; a session that has left meanwhile is fine.
		return error instanceof DatabaseError;
	}
}

/** A commit whose answer was lost may have happened: the server is asked, once it is idle. */
async function afterLostConnection(
	{ reconnect }: SwapConnections,
	swap: Swap,
	{ session, oid }: { session: OwnSession | undefined; oid: number | undefined },
	cause: unknown,
): Promise<void> {
	let swapped: boolean;
	try {
		const client = await reconnect(AbortSignal.timeout(OUTCOME_LIMIT_MS));
		try {
			if (session) await endSession(client, session);
			// Not by what has become of the other names: the next run may be at those already.
			swapped = oid !== undefined && (await readTargetDatabase(client, swap.database))?.oid === oid;
		} finally {
			await client.end();
		}
	} catch (error) {
		throw outcomeUnknown(swap, error);
	}
	if (!swapped) throw refused(swap, cause);
}

async function stillInUse(
	maintenance: Client,
	{ database, replacement }: Swap,
	cause: DatabaseError,
): Promise<ConflictError> {
	const sessions: Session[] = [];
	for (const name of [database, replacement]) {
		const found = await readTargetDatabase(maintenance, name);
		if (found) sessions.push(...(await readSessions(maintenance, found.oid)));
	}
	const who =
		sessions.length > 0
			? describeSessions(sessions)
			: (cause.detail ?? cause.message).replace(/\.$/, '');
	return new ConflictError(`The sessions on database ${database} could not be ended: ${who}.`, {
		hint: 'Stop the programs that use the database, then start again.',
		cause,
	});
}

function refused({ database, replacement }: Swap, cause: unknown): RestoreError {
	const reason = reasonOf(cause);
	return new RestoreError(`${replacement} could not take the name ${database}: ${reason}.`, {
		hint: 'Remove the cause, then start again.',
		cause,
	});
}

function outcomeUnknown(
	{ database, setAside, replacement }: Swap,
	cause: unknown,
): TargetStateError {
	const done = setAside ? `database ${setAside} exists` : `database ${replacement} has gone`;
	return new TargetStateError(
		`The connection was lost while ${replacement} took the name ${database}; whether it has is unknown.`,
		{ hint: `Look when the server is back: it has if ${done}, else all is as it was.`, cause },
	);
}
