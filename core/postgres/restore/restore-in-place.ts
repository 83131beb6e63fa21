import { pipeline } from 'node:stream/promises';
import { connectForLong } from '../long-session';
import { nowhere } from '../../repository/nowhere';
import { openPayload } from '../../repository/read-backup';
import { reasonOf } from '../../repository/reason';
import { ArchiveInspector } from '../archive/inspector';
import { analyze } from './analyze';
import { CommitUnknownError } from './commit-unknown-error';
import { type Compared, requireEqual, requireEqualCopy } from './compare-copy';
import { leftOutWarnings } from './left-out';
import { fillDatabase } from './fill-database';
import { explainLostCommit, readRelations } from './in-place-outcome';
import { TargetStateError } from './target-state-error';
import type { RestoreOutcome, RestoreRun } from './restore-run';

/** Drops and restores the objects of the backup within the existing database, in one transaction. */
export async function restoreInPlace(run: RestoreRun): Promise<RestoreOutcome> {
	const { engine, database, manifest } = run;
	let compared: Compared | undefined;
	// pg_restore commits before the end of the payload is proved: so that is proved beforehand.
	if (engine.kind === 'native') await readToTheEnd(run);
	const before = await readRelations(run);
	const { toc, ...filled } = await fillDatabase(run, {
		database,
		clean: true,
		beforeCommit: async (client) => {
			compared = await requireEqual(client, manifest, 'shared');
		},
	}).catch(async (error: unknown) => {
		if (!(error instanceof CommitUnknownError)) throw error;
		throw await explainLostCommit(run, before, error);
	});
	const afterwards = await afterCommit(run, compared);
	return {
		...filled,
		checksumsCompared: afterwards.checksumsCompared,
		warnings: [
			...run.checked.warnings,
			...filled.warnings,
			...leftOutWarnings(toc, run),
			...afterwards.warnings,
		],
	};
}

/**
 * From here on the old content is gone, and an error must not say otherwise.
 *
 * @param before how it compared before the commit; undefined with pg_restore, which does not wait
 */
async function afterCommit(run: RestoreRun, before: Compared | undefined): Promise<Compared> {
	const { server, database, purpose, manifest, signal } = run;
	let compared = before;
	try {
		const client = await connectForLong(server, { purpose, database, signal });
		try {
			compared ??= await requireEqualCopy(client, manifest, 'shared');
			return { ...compared, warnings: [...compared.warnings, ...(await analyze(client))] };
		} finally {
			await client.end();
		}
	} catch (error) {
		const reason = reasonOf(error);
		if (compared) {
			return { ...compared, warnings: [...compared.warnings, `ANALYZE was not run: ${reason}`] };
		}
		throw new TargetStateError(
			`pg_restore has restored database ${database}, but the comparison failed: ${reason}`,
			{ hint: 'The old content is gone. Restore another backup, with the built-in engine.' },
		);
	}
}

async function readToTheEnd({ repository, backup, signal }: RestoreRun): Promise<void> {
	const { stream } = await openPayload(repository, backup, { signal });
	await pipeline(stream, new ArchiveInspector(), nowhere(), { signal });
}
