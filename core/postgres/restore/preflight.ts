import type { Client } from 'pg';
import { ConfigurationError, ConflictError, NotFoundError } from '../../errors';
import {
	describeSessions,
	readServerRights,
	readSessions,
	readTargetDatabase,
	type ServerRights,
	type TargetDatabase,
} from './target-state';

export type RestoreMode = 'new-database' | 'swap' | 'existing-database';

export interface PreflightResult {
	rights: ServerRights;
	/** Undefined where the database does not exist. */
	target: TargetDatabase | undefined;
	warnings: string[];
}

/**
 * Finds out, before anything is touched, whether the restore can work. Rejects with
 * `ConfigurationError`, `ConflictError` or `NotFoundError` and the reason.
 */
export async function preflight(
	maintenance: Client,
	request: { mode: RestoreMode; database: string; sourceVersion: string },
): Promise<PreflightResult> {
	const rights = await readServerRights(maintenance);
	requirePrimary(rights);
	const target = await readTargetDatabase(maintenance, request.database);
	requireVersion(rights, request.sourceVersion);
	if (target?.isTemplate) throw templateRefused(request.database);
	if (request.mode === 'existing-database') {
		requireExisting(target, request.database);
		return { rights, target, warnings: [] };
	}
	requireCreateDatabase(rights);
	if (request.mode === 'new-database') requireAbsent(target, request.database);
	const warnings = target
		? await requireReplaceable(maintenance, target, request.database, rights)
		: [];
	return { rights, target, warnings };
}

/**
 * Whether `target` could be renamed away now; its sessions are not ended here. Resolves with what
 * people should know about that. Rejects with `ConfigurationError` or `ConflictError`.
 */
export async function requireReplaceable(
	maintenance: Client,
	target: TargetDatabase,
	database: string,
	rights: ServerRights,
): Promise<string[]> {
	if (!rights.superuser && !target.owned) {
		throw new ConfigurationError(
			`Database ${database} belongs to ${target.owner}, and ${rights.user} may not rename it.`,
			{ hint: `Use the login of ${target.owner} or a superuser, or restore into a new database.` },
		);
	}
	if (target.preparedTransactions.length > 0) {
		throw new ConflictError(
			`Database ${database} has prepared transactions: ${target.preparedTransactions.join(', ')}.`,
			{
				hint: 'COMMIT PREPARED or ROLLBACK PREPARED each of them in that database, then start again.',
			},
		);
	}
	const active = target.subscriptions.filter(({ enabled }) => enabled).map(({ name }) => name);
	if (active.length > 0) {
		throw new ConflictError(
			`Database ${database} is being replicated into, by subscription ${active.join(', ')}.`,
			{ hint: 'ALTER SUBSCRIPTION … DISABLE each of them in that database, then start again.' },
		);
	}
	const stuck = (await readSessions(maintenance, target.oid)).filter(({ endable }) => !endable);
	if (stuck.length > 0) {
		throw new ConfigurationError(
			`${rights.user} may not end these sessions on database ${database}: ${describeSessions(stuck)}.`,
			{
				hint: `Close them, or run: GRANT pg_signal_backend TO "${rights.user}" (a superuser can), then start again.`,
			},
		);
	}
	return [...slotWarnings(target), ...subscriptionWarnings(target)];
}

/** Rejects a server on which nothing can be changed, with `ConfigurationError`. */
export function requirePrimary({ standby }: ServerRights): void {
	if (!standby) return;
	throw new ConfigurationError('The server is a standby: it only follows another server.', {
		hint: 'Give the address of the primary server in the credential, or promote this one first.',
	});
}

function requireVersion(rights: ServerRights, sourceVersion: string): void {
	const sourceMajor = Number.parseInt(sourceVersion, 10);
	const targetMajor = Math.floor(rights.version / 10_000);
	if (!(targetMajor < sourceMajor)) return;
	throw new ConfigurationError(
		`The backup is of Postgres ${sourceMajor}, the server is the older Postgres ${targetMajor}.`,
		{ hint: `Restore to a server of version ${sourceMajor} or newer.` },
	);
}

function templateRefused(database: string): ConfigurationError {
	return new ConfigurationError(`Database ${database} is a template for new databases.`, {
		hint: 'Choose another database to restore into.',
	});
}

function requireExisting(target: TargetDatabase | undefined, database: string): void {
	if (target) return;
	throw new NotFoundError(`There is no database ${database} to restore into.`, {
		hint: 'Check its name, or restore into a new database.',
	});
}

function requireAbsent(target: TargetDatabase | undefined, database: string): void {
	if (!target) return;
	throw new ConflictError(`Database ${database} exists already; nothing was touched.`, {
		hint: 'Choose a name that is free, or replace the database by swap.',
	});
}

function requireCreateDatabase(rights: ServerRights): void {
	if (rights.createDatabase) return;
	throw new ConfigurationError(`${rights.user} may not create databases on this server.`, {
		hint: `As a superuser, run: ALTER ROLE "${rights.user}" CREATEDB. Or restore into the existing database.`,
	});
}

function slotWarnings({ replicationSlots }: TargetDatabase): string[] {
	return replicationSlots.map(
		(slot) =>
			`Replication slot ${slot} belongs to the replaced database. Set up its subscriber anew and drop the slot: it keeps the server's log from being cleared.`,
	);
}

function subscriptionWarnings({ subscriptions }: TargetDatabase): string[] {
	return subscriptions.map(
		({ name }) => `Subscription ${name} stays in the replaced database and is not restored.`,
	);
}
