import { text } from 'node:stream/consumers';
import { type BackupRef, readManifest } from '../repository/catalogue';
import { findDamagedRecords } from '../repository/check-records';
import { openPayload } from '../repository/read-backup';
import type { Repository } from '../repository/repository';
import { recordVerification } from '../repository/verification';
import { assessCopies, type CheckedCopies, checkCopies } from '../repository/verify-copies';
import { verifyStored } from '../repository/verify-stored';
import { type N8nExport, readExport } from './export-format';
import { importForATest } from './import-test';
import type { N8nServer } from './server';

export type VerifyExportInput = {
	repository: Repository;
	backup: BackupRef;
} & (
	| {
			/**
			 * `stored`: the bytes in every store are those that were written; needs no key. `readable`: also,
			 * one of the copies opens with our key, and is a whole export.
			 */
			level: 'stored' | 'readable';
	  }
	| {
			/** Also, all of its workflows were brought into another n8n, and are there what they are in it. */
			level: 'restored';
			/** An n8n without any workflow. */
			throwAway: N8nServer;
	  }
);

export interface VerifyExportResult {
	level: VerifyExportInput['level'];
	passed: boolean;
	backupId: string;
	/** In the export; absent at level `stored`. */
	workflows?: number;
	/** Of the n8n that was exported, where that is known. */
	n8nVersion?: string;
	/** At level `restored`: the n8n that took it in, e.g. `n8n-test.example.com`. */
	importedInto?: string;
	/** That were read and proved: stored ones at level `stored`, else raw ones. */
	bytes: number;
	/** Labels of the stores whose copy was proved, and that keep the record of it. */
	verifiedIn: string[];
	durationMs: number;
	/** Plain language; empty when passed. */
	problems: string[];
	/** What a person has to know all the same. */
	warnings: string[];
}

interface Contents {
	bytes: number;
	content: N8nExport;
}

/**
 * Verifies an export of n8n, and when it passed records that in the stores whose copy was proved. A
 * backup that is damaged, lost by a store, or that n8n does not take in as it was is a result that did
 * not pass. Rejects when nothing could be found out (`StoreError`, `WrongKeyError`, …), as
 * `importForATest` does, with `CancelledError`, and with `StoreError` when the record could not be
 * written.
 */
export async function verifyExport(
	input: VerifyExportInput,
	{ signal }: { signal?: AbortSignal } = {},
): Promise<VerifyExportResult> {
	const { repository, backup, level } = input;
	const startedAt = Date.now();
	const manifest = await readManifest(repository, backup, signal);
	const { copies, contents } = await check(input, signal);
	const test =
		contents && input.level === 'restored'
			? await importForATest(contents.content, backup.id, input.throwAway, signal)
			: { problems: [], warnings: [] };
	const damagedRecords = await findDamagedRecords(repository, backup, signal);
	const durationMs = Date.now() - startedAt;
	const { verifiedIn, faults } = assessCopies(manifest, copies);
	const { problems: differences, warnings, ...importFacts } = test;
	const problems = [...differences, ...faults];
	const passed = problems.length === 0;
	const stored = copies.reduce((sum, copy) => sum + copy.bytes, 0);
	const bytes = level === 'stored' ? stored : (contents?.bytes ?? 0);
	const details = { ...factsOf(contents), ...importFacts, bytes };
	if (passed) {
		const proved = repository.stores.filter(({ label }) => verifiedIn.includes(label));
		const record = { level, at: new Date(), durationMs, details };
		await recordVerification({ ...repository, stores: proved }, backup, record, signal);
	}
	return {
		...{ level, passed, backupId: backup.id, ...details, verifiedIn, durationMs, problems },
		warnings: [...warnings, ...damagedRecords],
	};
}

async function check(
	{ repository, backup, level }: VerifyExportInput,
	signal: AbortSignal | undefined,
): Promise<CheckedCopies<Contents>> {
	if (level === 'stored') return { copies: await verifyStored(repository, backup, { signal }) };
	const prove = async (store: string): Promise<Contents> => {
		const { manifest, stream } = await openPayload(repository, backup, { store, signal });
		return { bytes: manifest.payload.raw.bytes, content: readExport(await text(stream)) };
	};
	return await checkCopies(repository, backup, prove, signal);
}

function factsOf(contents: Contents | undefined) {
	if (!contents) return {};
	const { workflows, n8nVersion } = contents.content;
	return { workflows: workflows.length, ...(n8nVersion !== null && { n8nVersion }) };
}
