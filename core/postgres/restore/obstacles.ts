import type { ArchiveToc, TocEntry } from '../archive/toc';
import { rolesOfPrivileges, PRIVILEGES } from './entry-privileges';
import { ownerStatements } from './entry-owner';
import type { RightsChoice } from './rights';
import type { ServerOffer } from './server-offer';
import { superuserOnly } from './superuser-only';

/** An entry of an archive that this login cannot create on this server. */
export interface Obstacle {
	readonly entry: TocEntry;
	/** Completes "cannot be created: ", e.g. `extension postgis (not installed on the server)`. */
	readonly what: string;
}

/** Entries that cannot be created, in the order of the archive. */
export function findObstacles(toc: ArchiveToc, offer: ServerOffer): Obstacle[] {
	const isForSuperusers = superuserOnly(toc, offer.forbiddenSettings);
	return toc.entries.flatMap((entry) => {
		const reason =
			entry.kind === 'EXTENSION'
				? extensionObstacle(entry, offer)
				: !offer.powerful && isForSuperusers(entry)
					? 'takes a superuser'
					: undefined;
		return reason === undefined ? [] : [{ entry, what: `${nameOf(entry)} (${reason})` }];
	});
}

/** Roles that `always` needs and the server does not have, or does not let the login act for. */
export function findMissingRoles(
	{ entries }: ArchiveToc,
	offer: ServerOffer,
	choice: { owners: RightsChoice; privileges: RightsChoice },
): { missing: string[]; forbidden: string[] } {
	const owners = new Set(
		choice.owners === 'always'
			? entries.flatMap((entry) => (ownerStatements(entry).length > 0 ? (entry.owner ?? []) : []))
			: [],
	);
	const named = new Set(
		choice.privileges === 'always'
			? entries.flatMap((entry) => (isGrant(entry) ? rolesOfPrivileges(entry) : []))
			: [],
	);
	return {
		missing: [...new Set([...owners, ...named])].filter((role) => !offer.roles.has(role)),
		forbidden: [...owners].filter(
			(role) => offer.roles.has(role) && !offer.assignableRoles.has(role),
		),
	};
}

function isGrant({ kind, tag }: TocEntry): boolean {
	return PRIVILEGES.has(kind) && !tag.startsWith('DATABASE ');
}

function extensionObstacle({ tag }: TocEntry, offer: ServerOffer): string | undefined {
	const extension = offer.extensions.get(tag);
	if (!extension) return 'not installed on the server';
	return offer.powerful || extension.trusted ? undefined : 'takes a superuser';
}

function nameOf({ kind, schema, tag }: TocEntry): string {
	return `${kind.toLowerCase()} ${schema ? `${schema}.` : ''}${tag}`;
}
