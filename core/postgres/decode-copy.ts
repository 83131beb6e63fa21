import { pipeline } from 'node:stream/promises';
import type { BackupRef } from '../repository/catalogue';
import { fingerprintOf } from '../repository/fingerprint';
import type { Manifest } from '../repository/manifest';
import { nowhere } from '../repository/nowhere';
import { openPayload } from '../repository/read-backup';
import type { Repository } from '../repository/repository';
import { ArchiveInspector, type ArchiveSummary } from './archive/inspector';
import { keyOf } from './qualified-name';

/** What a copy holds, as read and decoded to its end. */
export interface DecodedCopy {
	readonly tables: number;
	readonly rows: number;
	/** Of the raw payload. */
	readonly bytes: number;
	/** Where its rows are not those that the manifest counted, in plain language. */
	readonly problems: string[];
}

/**
 * Reads the copy in one store to its end. Rejects with `IntegrityError` where it is damaged, and as
 * `openPayload` does.
 */
export async function decodeCopy(
	repository: Repository,
	backup: BackupRef,
	store: string,
	signal: AbortSignal | undefined,
): Promise<DecodedCopy> {
	const { manifest, stream } = await openPayload(repository, backup, { store, signal });
	const inspector = new ArchiveInspector();
	await pipeline(stream, inspector, nowhere());
	const { tables } = inspector.summary;
	return {
		tables: tables.length,
		rows: tables.reduce((sum, { rows }) => sum + rows, 0),
		bytes: manifest.payload.raw.bytes,
		problems: countDifferences(manifest, inspector.summary),
	};
}

/** The archive must hold each row that the database had in the snapshot of the dump. */
function countDifferences(manifest: Manifest, archive: ArchiveSummary): string[] {
	const fingerprint = fingerprintOf(manifest, 'postgres');
	if (!fingerprint) return [];
	const found = new Map(archive.tables.map((table) => [keyOf(table), table.rows]));
	const problems = fingerprint.tables.flatMap((table) => {
		const rows = found.get(keyOf(table));
		if (rows === table.rows) return [];
		const name = `${table.schema}.${table.name}`;
		return rows === undefined
			? [`The rows of ${name} are not in the dump; the database had ${table.rows}.`]
			: [`The dump holds ${rows} rows of ${name}, the database had ${table.rows}.`];
	});
	const expected = fingerprint.largeObjects?.count;
	if (expected !== undefined && expected !== archive.largeObjects) {
		problems.push(
			`The dump holds ${archive.largeObjects} large objects, the database had ${expected}.`,
		);
	}
	return problems;
}
