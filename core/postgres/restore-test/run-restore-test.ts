import type { BackupRef } from '../../repository/catalogue';
import { fingerprintOf } from '../../repository/fingerprint';
import type { Manifest } from '../../repository/manifest';
import { openPayload } from '../../repository/read-backup';
import type { Repository } from '../../repository/repository';
import { underPulse } from '../pulse';
import { unlikeSentence } from '../unlike-texts';
import { compareCopy } from './compare';
import { restoreInProcess } from './in-process/restore-in-process';
import { restoreOnServer } from './restore-on-server';
import type { Exclusion, RestoreTestOptions } from './restore-test';
import type { ScratchCopy, TestOutcome } from './scratch-copy';

export interface RestoreTestRequest {
	/** With the one store that the copy is read from. */
	readonly repository: Repository;
	readonly backup: BackupRef;
	readonly manifest: Manifest;
	readonly options: RestoreTestOptions;
	readonly signal?: AbortSignal;
}

/**
 * Restores one copy of a backup for a test, compares what came out with the manifest, and removes it.
 * Rejects with `RestoreStatementError` or `DatabaseError` where the content was refused, see
 * `isAboutContent`; any other rejection means that nothing was found out about the content.
 */
export async function runRestoreTest(request: RestoreTestRequest): Promise<TestOutcome> {
	const { repository, backup, manifest, options, signal } = request;
	const examine = (copy: ScratchCopy) => examineCopy(copy, manifest);
	const { server } = options;
	if (server) {
		return await underPulse(server, { ...(signal && { signal }) }, (watched) =>
			restoreOnServer({ ...request, server, signal: watched }, examine),
		);
	}
	const open = async () =>
		(await openPayload(repository, backup, { ...(signal && { signal }) })).stream;
	return await restoreInProcess({ manifest, open, options, ...(signal && { signal }) }, examine);
}

async function examineCopy(copy: ScratchCopy, manifest: Manifest): Promise<TestOutcome> {
	const fingerprint = fingerprintOf(manifest, 'postgres');
	const compared =
		fingerprint && (await compareCopy(copy, fingerprint, manifest.source.properties.encoding));
	const unlike = compared?.unlike ?? [];
	return {
		report: {
			ranOn: copy.ranOn,
			tables: copy.toc.entries.filter(({ kind }) => kind === 'TABLE DATA').length,
			rows: copy.rows,
			sequences: compared?.sequences ?? 0,
			...(compared?.largeObjects !== undefined && { largeObjects: compared.largeObjects }),
			...(compared?.objects !== undefined && { objects: compared.objects }),
			countsCompared: fingerprint !== undefined,
			checksumsCompared: fingerprint?.checksums === true && unlike.length === 0,
			exclusions: [...copy.leftOut.exclusions, ...unlikeExclusions(unlike)],
		},
		problems: compared?.problems ?? [],
		warnings: [
			...copy.warnings,
			...(compared?.warnings ?? [
				'The backup has no row counts, so the restored data was not compared.',
			]),
		],
	};
}

function unlikeExclusions(unlike: readonly string[]): Exclusion[] {
	if (unlike.length === 0) return [];
	const object = `Content of ${unlike.length === 1 ? 'one table' : `${unlike.length} tables`}`;
	return [{ object, reason: unlikeSentence(unlike), dependents: [] }];
}
