import { RestoreError } from '../../errors';
import type { FetchedSnapshot } from './fetch-snapshot';
import type { KeyCounts, ServerInfo } from '../server-info';

/** How many keys and keys with an expiry a database has. */
export interface RestoredDatabase extends KeyCounts {
	index: number;
}

/** What a server holds, by its own account. */
export function databasesOf(info: ServerInfo): RestoredDatabase[] {
	return [...info.keyspace()]
		.sort(([one], [other]) => one - other)
		.map(([index, counts]) => ({ index, ...counts }));
}

/**
 * Throws `RestoreError` unless the server holds exactly as many keys and expiries in each database, and
 * as many libraries, as the snapshot. To be asked of a replica: nobody writes there, and it does not
 * remove what expires.
 */
export function requireSameCounts(
	info: ServerInfo,
	contents: NonNullable<FetchedSnapshot['contents']>,
): void {
	const found = new Map(databasesOf(info).map((database) => [database.index, database]));
	for (const { index, keys, expiring } of contents.databases) {
		const held = found.get(index);
		found.delete(index);
		if (held?.keys === keys && held.expiring === expiring) continue;
		throw differs(
			`database ${index} has ${held?.keys ?? 0} keys, of which ${held?.expiring ?? 0} expire, and the snapshot has ${keys}, of which ${expiring} expire`,
		);
	}
	const [extra] = found.values();
	if (extra) throw differs(`database ${extra.index} has ${extra.keys} keys, and the snapshot none`);
	const libraries = info.get('number_of_libraries');
	if (libraries !== undefined && Number(libraries) !== contents.functionLibraries) {
		throw differs(
			`it has ${libraries} libraries of functions, and the snapshot ${contents.functionLibraries}`,
		);
	}
}

function differs(how: string): RestoreError {
	return new RestoreError(`What the server loaded differs from the snapshot: ${how}.`, {
		hint: 'Look at the data before they are used, or restore the safety snapshot.',
	});
}
