import type { TocEntry } from '../archive/toc';
import { largeObjectIds } from './entry-owner';

const CONSTRAINTS = new Set(['CONSTRAINT', 'CHECK CONSTRAINT', 'FK CONSTRAINT']);

/**
 * The statement that removes an entry's object where there is one, in the way of
 * `pg_restore --clean --if-exists`; null where nothing is to be dropped.
 */
export function dropStatement(entry: TocEntry): string | null {
	if (entry.kind === 'BLOB') return unlink([entry.tag]);
	if (entry.kind === 'BLOB METADATA') return unlink(largeObjectIds(entry));
	const drop = entry.drop?.trim();
	// `-- *not* dropping schema, since initdb creates it`
	if (!drop || drop.startsWith('--')) return null;
	// Views that need each other are not dropped but replaced by a stub.
	if (drop.startsWith('CREATE OR REPLACE VIEW')) return drop;
	const altered = drop.replace(/^ALTER TABLE (?!IF EXISTS )/, 'ALTER TABLE IF EXISTS ');
	const words = `DROP ${CONSTRAINTS.has(entry.kind) ? 'CONSTRAINT' : entry.kind.replace('SHELL ', '')} `;
	const at = altered.indexOf(words);
	if (at === -1) return altered;
	return `${altered.slice(0, at)}${words}IF EXISTS ${altered.slice(at + words.length)}`;
}

function unlink(oids: readonly string[]): string | null {
	if (oids.length === 0) return null;
	const list = oids.map(Number).join(', ');
	return `SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata WHERE oid IN (${list})`;
}
