import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CancelledError, IntegrityError } from '../errors';
import { cancelled } from '../repository/cancellation';
import { type BackupRef, readManifest } from '../repository/catalogue';
import type { Manifest } from '../repository/manifest';
import { openPayload } from '../repository/read-backup';
import type { Repository } from '../repository/repository';
import { recordVerification } from '../repository/verification';
import { verifyStored } from '../repository/verify-stored';
import { ArchiveInspector, type ArchiveSummary } from './archive/inspector';

export interface VerifyDumpInput {
	repository: Repository;
	backup: BackupRef;
	/**
	 * `stored`: the bytes in every store are those that were written; needs no key. `readable`: the
	 * backup opens with our key, is a complete archive and holds the rows that the database had.
	 */
	level: 'stored' | 'readable';
}

export interface VerifyDumpResult {
	level: 'stored' | 'readable';
	passed: boolean;
	backupId: string;
	/** Tables and rows that were read; zero at level `stored`, which looks at bytes alone. */
	tables: number;
	rows: number;
	/** That were read and proved: stored ones at level `stored`, else raw ones. */
	bytes: number;
	durationMs: number;
	/** Plain language; empty when passed. */
	problems: string[];
}

type Findings = Pick<VerifyDumpResult, 'tables' | 'rows' | 'bytes' | 'problems'>;

/**
 * Verifies a backup without a server, and when it passed records that beside it. A backup that is
 * damaged, or that a store has lost, is a result that did not pass. Rejects when nothing could be found out
 * (`StoreError`, `WrongKeyError`, `ConfigurationError`, …), with `CancelledError`, and with
 * `StoreError` when the record could not be written.
 */
export async function verifyDump(
	{ repository, backup, level }: VerifyDumpInput,
	context: { signal?: AbortSignal } = {},
): Promise<VerifyDumpResult> {
	const { signal } = context;
	const startedAt = Date.now();
	const findings = await (level === 'stored' ? checkStored : checkReadable)(
		repository,
		backup,
		signal,
	);
	const durationMs = Date.now() - startedAt;
	const passed = findings.problems.length === 0;
	if (passed) {
		const { tables, rows, bytes } = findings;
		const details = { bytes, ...(level === 'readable' && { tables, rows }) };
		await recordVerification(
			repository,
			backup,
			{ level, at: new Date(), durationMs, details },
			signal,
		);
	}
	return { level, passed, backupId: backup.id, ...findings, durationMs };
}

async function checkStored(
	repository: Repository,
	backup: BackupRef,
	signal: AbortSignal | undefined,
): Promise<Findings> {
	const manifest = await readManifest(repository, backup, signal);
	const copies = await verifyStored(repository, backup, { signal });
	// A store that was added later never had it.
	const expected = copies.filter(
		({ store, state }) => state !== 'missing' || manifest.storedIn.includes(store),
	);
	return {
		...{ tables: 0, rows: 0 },
		bytes: copies.reduce((sum, { bytes }) => sum + bytes, 0),
		problems: expected.flatMap(({ store, state, message }) =>
			state === 'whole' ? [] : [`${store}: ${message}`],
		),
	};
}

async function checkReadable(
	repository: Repository,
	backup: BackupRef,
	signal: AbortSignal | undefined,
): Promise<Findings> {
	const { manifest, stream } = await openPayload(repository, backup, { signal });
	const inspector = new ArchiveInspector();
	try {
		await pipeline(stream, inspector, nowhere());
	} catch (error) {
		if (signal?.aborted || error instanceof CancelledError) throw cancelled('The verification');
		if (!(error instanceof IntegrityError)) throw error;
		return { tables: 0, rows: 0, bytes: 0, problems: [sentence(error)] };
	}
	const { tables } = inspector.summary;
	return {
		tables: tables.length,
		rows: tables.reduce((sum, { rows }) => sum + rows, 0),
		bytes: manifest.payload.raw.bytes,
		problems: countDifferences(manifest, inspector.summary),
	};
}

/** The archive must hold each row that the database had in the snapshot of the dump. */
function countDifferences({ fingerprint }: Manifest, archive: ArchiveSummary): string[] {
	if (!fingerprint) return [];
	const key = ({ schema, name }: { schema: string; name: string }) =>
		JSON.stringify([schema, name]);
	const found = new Map(archive.tables.map((table) => [key(table), table.rows]));
	const problems = fingerprint.tables.flatMap((table) => {
		const rows = found.get(key(table));
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

function sentence(error: IntegrityError): string {
	return `${error.message} ${error.hint}`;
}

function nowhere(): Writable {
	return new Writable({ write: (_chunk, _encoding, done) => done() });
}
