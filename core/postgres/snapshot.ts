import { type ClientBase, DatabaseError } from 'pg';
import { BackupError, ConflictError } from '../errors';
import { lockHeldError } from './lock-holders';
import type { Relation } from './relations';
import type { DumpScope } from './selection';

/** Key of the advisory lock that a dump holds; such locks are per database. Any constant does. */
const ADVISORY_LOCK = '7239081446312758';
const ATTEMPTS = 3;
const TABLES_PER_LOCK = 200;
/** Clocks that differ by more make the age of backups misleading. */
const CLOCK_TOLERANCE_MS = 5_000;

const LOCK_NOT_AVAILABLE = '55P03';
const OUT_OF_MEMORY = '53200';
/** Tables and schemas that were dropped since they were listed. */
const GONE = new Set(['42P01', '3F000']);

/** An exported snapshot; it lives until the transaction of its session ends. */
export interface Snapshot {
	id: string;
	/** By the clock of this machine, just before the snapshot was taken. */
	consistencyPoint: Date;
	/** What is to be dumped, as seen in the snapshot itself. */
	scope: DumpScope;
	/** Whether the tables are held against TRUNCATE, which no snapshot can undo. */
	locked: boolean;
	/** Size of the tables whose rows are dumped, without indexes; 0 where they are not locked. */
	dataBytes: number;
	warnings: string[];
}

export interface SnapshotOptions {
	lockTimeoutSeconds: number;
	/** Lists what is to be dumped, as the transaction that is open sees it. */
	resolve: () => Promise<DumpScope>;
}

/**
 * Holds all tables still and exports a snapshot of them, in a transaction that stays open on
 * `client`. The locks have to come first: a table that is truncated between a snapshot and the lock
 * is empty in the snapshot. So tables are listed beforehand, and again inside to see that none came
 * or went in between.
 *
 * Throws `ConflictError` when another dump of this database is at work, `BackupError` when a table
 * is locked by somebody else for too long or tables keep changing.
 */
export async function openSnapshot(
	client: ClientBase,
	options: SnapshotOptions,
): Promise<Snapshot> {
	let locking = true;
	for (let attempt = 1; attempt <= ATTEMPTS;) {
		await begin(client, options);
		const listed = await options.resolve();
		await client.query('ROLLBACK');

		await begin(client, options);
		const outcome = locking ? await lockTables(client, lockable(listed)) : 'locked';
		if (outcome === 'too many') locking = false;
		if (outcome === 'locked') {
			const snapshot = await exportSnapshot(client, options, locking);
			if (!locking || sameTables(lockable(listed), lockable(snapshot.scope))) return snapshot;
		}
		if (outcome !== 'too many') attempt++;
		await client.query('ROLLBACK');
	}
	throw new BackupError('Tables were created or dropped again and again while they were locked.', {
		hint: 'Run the backup when no migration is at work, or leave out the schemas that change all the time.',
	});
}

async function begin(client: ClientBase, options: SnapshotOptions): Promise<void> {
	const lockTimeoutMs = Math.round(options.lockTimeoutSeconds * 1000);
	await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
	// Neither this nor LOCK TABLE makes the server take the transaction's snapshot.
	await client.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}; SET LOCAL search_path = ''`);
}

async function lockTables(
	client: ClientBase,
	tables: readonly Relation[],
): Promise<'locked' | 'changed' | 'too many'> {
	for (let start = 0; start < tables.length; start += TABLES_PER_LOCK) {
		const batch = tables.slice(start, start + TABLES_PER_LOCK);
		const names = batch.map(({ identifier }) => `ONLY ${identifier}`).join(', ');
		try {
			await client.query(`LOCK TABLE ${names} IN ACCESS SHARE MODE`);
		} catch (error) {
			if (!(error instanceof DatabaseError) || error.code === undefined) throw error;
			if (GONE.has(error.code)) return 'changed';
			if (error.code === OUT_OF_MEMORY) return 'too many';
			if (error.code !== LOCK_NOT_AVAILABLE) throw error;
			await client.query('ROLLBACK');
			throw await lockHeldError(client, batch, error);
		}
	}
	return 'locked';
}

async function exportSnapshot(
	client: ClientBase,
	options: SnapshotOptions,
	locked: boolean,
): Promise<Snapshot> {
	const consistencyPoint = new Date();
	const result = await client.query<{ id: string; free: boolean; clock: string }>(
		`SELECT pg_export_snapshot() AS id, pg_try_advisory_xact_lock($1) AS free,
			extract(epoch FROM clock_timestamp())::text AS clock`,
		[ADVISORY_LOCK],
	);
	const answered = Date.now();
	const row = result.rows[0];
	if (!row?.free) {
		throw new ConflictError('Another backup of this database is being made right now.', {
			hint: 'Wait for it to end; it shows in pg_stat_activity as n8n-dr-snapshot.',
		});
	}
	const scope = await options.resolve();
	return {
		id: row.id,
		consistencyPoint,
		scope,
		locked,
		dataBytes: locked ? await sizeOf(client, scope.tablesWithData) : 0,
		warnings: [
			...clockWarning(Number(row.clock) * 1000, consistencyPoint.getTime(), answered),
			...(locked
				? []
				: [
						'The lock table of the server is too small to hold all tables still: rows were counted in the dump alone, without checksums. Raise max_locks_per_transaction on the server.',
					]),
		],
	};
}

function lockable(scope: DumpScope): Relation[] {
	return scope.relations.filter(({ kind }) => kind === 'r' || kind === 'p');
}

function sameTables(one: readonly Relation[], other: readonly Relation[]): boolean {
	const describe = (tables: readonly Relation[]) =>
		JSON.stringify(tables.map(({ oid, identifier, kind }) => [oid, identifier, kind]));
	return describe(one) === describe(other);
}

async function sizeOf(client: ClientBase, tables: readonly Relation[]): Promise<number> {
	const result = await client.query<{ bytes: string }>(
		'SELECT coalesce(sum(pg_table_size(t::regclass)), 0)::text AS bytes FROM unnest($1::oid[]) t',
		[tables.map(({ oid }) => oid)],
	);
	return Number(result.rows[0]?.bytes ?? 0);
}

/** The server's clock was read at some moment between `asked` and `answered`. */
function clockWarning(server: number, asked: number, answered: number): string[] {
	const difference = server < asked ? asked - server : Math.max(server - answered, 0);
	if (difference <= CLOCK_TOLERANCE_MS) return [];
	const seconds = Math.round(difference / 1000).toLocaleString('en-US');
	return [
		`The clock of the server is ${seconds} s ${server < asked ? 'behind' : 'ahead of'} this machine's; times in this backup are this machine's.`,
	];
}
