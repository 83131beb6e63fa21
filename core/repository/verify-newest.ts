import { IntegrityError, NotFoundError } from '../errors';
import { cancelled } from './cancellation';
import { type CatalogueEntry, listBackups } from './catalogue';
import { type ChosenBackup, chooseBackup } from './choose-backup';
import { withoutAhead } from './clock-skew';
import { sentencesOf } from './reason';
import type { Repository } from './repository';
import { groupByName } from './select-backups';
import { verifyBackup, type VerifyBackupInput, type VerifyBackupResult } from './verify-backup';

/** A backup that has passed. */
export type VerifiedNewest = VerifyBackupResult & { chosen: ChosenBackup };

/**
 * Verifies the newest backup of every component and name, one after the other. All are verified whatever
 * becomes of one of them. Rejects with `IntegrityError` that names each one that did not pass or could
 * not be verified, with `NotFoundError` where there is no backup at all, as `listBackups` does,
 * and with `CancelledError`.
 */
export async function verifyNewest(
	repository: Repository,
	how: Omit<VerifyBackupInput, 'repository' | 'backup'>,
	{ signal }: { signal?: AbortSignal } = {},
): Promise<VerifiedNewest[]> {
	const { backups } = await listBackups(repository, {}, signal);
	const newest = new Map<string, CatalogueEntry>();
	for (const [of, entries] of groupByName(backups.filter(({ committed }) => committed))) {
		const [entry] = withoutAhead(entries);
		if (entry) newest.set(of, entry);
	}
	if (newest.size === 0) {
		throw new NotFoundError('The repository has no backup to verify.', {
			hint: 'Check the repository in the credential, or make a backup first.',
		});
	}
	const verified: VerifiedNewest[] = [];
	const failures: string[] = [];
	for (const { component, id } of newest.values()) {
		try {
			const chosen = await chooseBackup(repository, { component }, { id }, signal);
			const result = await verifyBackup({ repository, backup: chosen.backup, ...how }, { signal });
			if (result.passed) verified.push({ ...result, chosen });
			else failures.push(`${component} ${id}: ${result.problems.join(' ')}`);
		} catch (error) {
			if (signal?.aborted) throw cancelled('The verification');
			failures.push(`${component} ${id}: ${sentencesOf(error)}`);
		}
	}
	if (failures.length === 0) return verified;
	throw new IntegrityError(
		`${failures.length} of ${newest.size} backups did not pass. ${failures.join(' ')}`,
		{
			hint: 'Repair copies that are missing or damaged, or make new backups now. Those that passed have their record.',
		},
	);
}
