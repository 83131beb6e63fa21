import { pipeline } from 'node:stream/promises';
import { readManifest } from './catalogue';
import { findDamagedRecords } from './check-records';
import { differingManifests } from './compare-manifests';
import type { Manifest } from './manifest';
import type { BackupRef } from './manifest-file';
import { nowhere } from './nowhere';
import { openPayload } from './read-backup';
import { repairCopies, type RepairedCopies } from './repair/repair-copies';
import type { RepairOptions } from './repair/repair-copy';
import type { Repository } from './repository';
import { recordVerification } from './verification';
import { assessCopies, type CheckedCopies, checkCopies } from './verify-copies';
import { type StoredCopy, verifyStored } from './verify-stored';

export interface VerifyBackupInput {
	repository: Repository;
	/** Of any component. */
	backup: BackupRef;
	/**
	 * `stored`: the bytes in every store are those that were written; needs no key. `readable`: also, one
	 * copy decrypts and decompresses to its end, and size and SHA-256 of what comes out are those of
	 * what was backed up. What that means is not looked at.
	 */
	level: 'stored' | 'readable';
	/** Makes copies that are missing or damaged from one that is whole. */
	repair?: boolean;
	/** Passes when one store has a whole copy; what is wrong with the others becomes a warning. */
	oneCopyIsEnough?: boolean;
}

export interface VerifyBackupResult {
	level: 'stored' | 'readable';
	passed: boolean;
	component: string;
	name: string;
	backupId: string;
	/** That were read and proved: stored ones at level `stored`, else raw ones. */
	bytes: number;
	/** Labels of the stores whose copy was proved, and that keep the record of it. */
	verifiedIn: string[];
	/** What was missing or damaged in which store, and was made good. */
	repaired: RepairedCopies['repaired'];
	durationMs: number;
	/** Plain language; empty when passed. */
	problems: string[];
	/** What a person has to know all the same. */
	warnings: string[];
}

/**
 * Verifies the copies of a backup in every store, compares them with each other, and when it passed
 * records that in the stores whose copy was proved. A backup that is damaged or lost by a store is a
 * result that did not pass. Rejects when nothing could be found out (`StoreError`, `WrongKeyError`,
 * `NotFoundError`, …), with `IntegrityError` when no store has a sound manifest, with
 * `CancelledError`, and with `StoreError` when the record could not be written.
 */
export async function verifyBackup(
	input: VerifyBackupInput,
	options: RepairOptions = {},
): Promise<VerifyBackupResult> {
	const { repository, backup, level, repair = false, oneCopyIsEnough = false } = input;
	const { signal } = options;
	const startedAt = Date.now();
	const manifest = await readManifest(repository, backup, signal);
	const checked = await check(input, signal);
	const whole = assessCopies(manifest, checked.copies).verifiedIn;
	const problems = await differingManifests(repository, backup, whole, signal);
	const { copies, repaired, failures } =
		repair && problems.length === 0
			? await repairCopies(repository, backup, checked.copies, options)
			: { copies: checked.copies, repaired: [], failures: [] };
	const { verifiedIn, faults } = assessCopies(manifest, copies);
	const damagedRecords = await findDamagedRecords(repository, backup, signal);
	const tolerated = oneCopyIsEnough && verifiedIn.length > 0;
	const shortcomings = [...faults, ...failures];
	if (!tolerated) problems.push(...shortcomings);
	const passed = problems.length === 0;
	const stored = copies.reduce((sum, copy) => sum + copy.bytes, 0);
	const bytes = level === 'stored' ? stored : (checked.contents?.bytes ?? 0);
	const durationMs = Date.now() - startedAt;
	if (passed) {
		const proved = repository.stores.filter(({ label }) => verifiedIn.includes(label));
		const details = { bytes, ...(repaired.length > 0 && { repaired }) };
		const record = { level, at: new Date(), durationMs, details };
		await recordVerification({ ...repository, stores: proved }, backup, record, signal);
	}
	return {
		...{ level, passed, component: backup.component, name: backup.name, backupId: backup.id },
		...{ bytes, verifiedIn, repaired, durationMs, problems },
		warnings: [
			...repaired.map(({ store }) => `${store}: the copy was made good from another store.`),
			...neverStored(manifest, copies, verifiedIn),
			...damagedRecords,
			...(tolerated ? shortcomings : []),
		],
	};
}

async function check(
	{ repository, backup, level }: VerifyBackupInput,
	signal: AbortSignal | undefined,
): Promise<CheckedCopies<{ bytes: number }>> {
	if (level === 'stored') return { copies: await verifyStored(repository, backup, { signal }) };
	const prove = async (store: string) => {
		const { manifest, stream } = await openPayload(repository, backup, { store, signal });
		await pipeline(stream, nowhere());
		return { bytes: manifest.payload.raw.bytes };
	};
	return await checkCopies(repository, backup, prove, signal);
}

/** A store that was added later lacks what is older; that is no fault, but should be known. */
function neverStored(
	{ storedIn }: Manifest,
	copies: readonly StoredCopy[],
	verifiedIn: readonly string[],
): string[] {
	if (verifiedIn.length === 0) return [];
	return copies.flatMap(({ store, state }) =>
		state === 'missing' && !storedIn.includes(store)
			? [`${store} has no copy, and got none when the backup was made. Repair makes one.`]
			: [],
	);
}
