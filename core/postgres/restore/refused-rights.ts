import type { DatabaseError } from 'pg';
import type { TocEntry } from '../archive/toc';
import { listed } from '../preflight';
import { PRIVILEGES } from './entry-privileges';
import { entryName } from './statement-error';

/** Gathers the owners and grants that a server refused, to name them by their reason. */
export class RefusedRights {
	private readonly owners = new Map<string, Set<string>>();
	private readonly grants = new Map<string, Set<string>>();

	readonly add = (entry: TocEntry, { message }: DatabaseError): void => {
		const isGrant = PRIVILEGES.has(entry.kind);
		const group = isGrant ? this.grants : this.owners;
		const objects = group.get(message) ?? new Set();
		objects.add(isGrant ? entry.tag : `${entry.kind} ${entryName(entry)}`);
		group.set(message, objects);
	};

	/** One sentence per reason, with what `user` has to know. */
	warnings(user: string): string[] {
		return [
			...[...this.owners].map(
				([reason, objects]) =>
					`Belongs to ${user} and not to the owner in the source, because ${reason}: ${listed([...objects])}.`,
			),
			...[...this.grants].map(
				([reason, objects]) =>
					`Some grants were left out, because ${reason}: on ${listed([...objects])}.`,
			),
		];
	}
}
