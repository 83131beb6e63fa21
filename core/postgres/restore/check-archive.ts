import type { Client } from 'pg';
import { ConfigurationError } from '../../errors';
import type { ArchiveToc } from '../archive/toc';
import { readLockTable } from '../lock-table';
import { findMissingRoles, findObstacles, type Obstacle } from './obstacles';
import { type Omission, omit } from './omission';
import type { RightsChoice } from './rights';
import { rolesServed } from './roles-served';
import { readServerOffer, type ServerOffer } from './server-offer';
import { entryName } from './statement-error';
import { statementsPerTransaction } from './transaction-size';

/** What becomes of objects that the login may not create, or the server does not have. */
export type UnsupportedChoice = 'refuse' | 'leave-out';

export interface ArchiveChoices {
	readonly owners: RightsChoice;
	readonly privileges: RightsChoice;
	readonly unsupported: UnsupportedChoice;
}

export interface CheckedArchive {
	/** Ids of entries that are left out. */
	readonly omitted: ReadonlySet<number>;
	/** Whether a pg_restore, which takes an archive as it is, could not restore it. */
	readonly edited: boolean;
	/** Whether every tablespace of the archive is there, for pg_restore, which needs all or none. */
	readonly tablespaces: boolean;
	/** See `ArchiveToc`. */
	readonly textIsExact: boolean;
	/** See the function of this name. */
	readonly statementsPerTransaction: number | undefined;
	readonly warnings: readonly string[];
}

/**
 * Compares an archive with what the server of `maintenance` offers and its login may do. Rejects with
 * `ConfigurationError` that names all that could not be created; nothing has been touched then.
 */
export async function checkArchive(
	maintenance: Client,
	toc: ArchiveToc,
	choices: ArchiveChoices,
	serverVersion: number,
): Promise<CheckedArchive> {
	const offer = await readServerOffer(maintenance, serverVersion);
	requireRoles(toc, offer, choices);
	const obstacles = findObstacles(toc, offer);
	const omission = omit(
		toc,
		obstacles.map(({ entry }) => entry),
	);
	requireCreatable(offer, obstacles, omission, choices.unsupported);
	const strangers = toc.entries.some((entry) =>
		rolesServed(entry).some((role) => !offer.roles.has(role)),
	);
	return {
		omitted: omission.ids,
		edited: obstacles.length > 0 || strangers,
		tablespaces: toc.entries.every(
			({ tablespace }) => !tablespace || offer.tablespaces.has(tablespace),
		),
		textIsExact: toc.textIsExact,
		statementsPerTransaction: statementsPerTransaction(
			toc.entries,
			await readLockTable(maintenance),
		),
		warnings: omissionWarnings(offer, obstacles, omission),
	};
}

function requireRoles(toc: ArchiveToc, offer: ServerOffer, choices: ArchiveChoices): void {
	const { missing, forbidden } = findMissingRoles(toc, offer, choices);
	if (missing.length > 0) {
		throw new ConfigurationError(
			`The server has no ${plural('role', missing)} ${missing.join(', ')}, which owners or grants in the backup need.`,
			{
				hint: 'Create them with CREATE ROLE, or let owners and privileges be restored where possible.',
			},
		);
	}
	if (offer.powerful || forbidden.length === 0) return;
	throw new ConfigurationError(
		`${offer.user} may not give objects to ${forbidden.join(', ')}, to whom they belong in the backup.`,
		{ hint: 'Use the login of a superuser, or let owners be restored where possible.' },
	);
}

function requireCreatable(
	{ user, powerful }: ServerOffer,
	obstacles: readonly Obstacle[],
	{ withData }: Omission,
	choice: UnsupportedChoice,
): void {
	if (obstacles.length === 0) return;
	const who = powerful ? 'This server cannot hold' : `${user} cannot create on this server`;
	const what = `${who} what the backup has: ${obstacles.map((obstacle) => obstacle.what).join(', ')}.`;
	const cure = obstacles.some(({ entry }) => entry.kind === 'EXTENSION')
		? 'Use the login of a superuser, and install the packages of missing extensions on the server'
		: 'Use the login of a superuser';
	if (withData.length > 0) {
		const names = [...new Set(withData.map(entryName))].join(', ');
		throw new ConfigurationError(`${what} Data depends on it: ${names}.`, {
			hint: `${cure}.`,
		});
	}
	if (choice === 'leave-out') return;
	throw new ConfigurationError(`${what}`, {
		hint: `${cure}, or choose to leave out what cannot be created: no data depends on it.`,
	});
}

function omissionWarnings(
	{ user }: ServerOffer,
	obstacles: readonly Obstacle[],
	{ dependents }: Omission,
): string[] {
	if (obstacles.length === 0) return [];
	const names = obstacles.map(({ what }) => what).join(', ');
	const others = dependents.map((entry) => `${entry.kind.toLowerCase()} ${entryName(entry)}`);
	return [
		`Left out, since ${user} cannot create it on this server: ${names}.`,
		...(others.length > 0 ? [`Left out too, since it needs that: ${others.join(', ')}.`] : []),
	];
}

function plural(noun: string, { length }: readonly unknown[]): string {
	return length === 1 ? noun : `${noun}s`;
}
