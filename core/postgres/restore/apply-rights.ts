import type { ArchiveToc } from '../archive/toc';
import { connectForLong } from '../long-session';
import { describePlanTarget } from './plan-target';
import { planRestore } from './restore-plan';
import type { RestoreRun } from './restore-run';
import { type RefusedRightListener, runRight } from './rights';

/**
 * Gives the objects of an archive, which are all in `database` already, their owners and grants where
 * `run` says `auto`, in one transaction. What the server refuses is told to `onRefused` and left.
 */
export async function applyRights(
	run: RestoreRun,
	database: string,
	toc: ArchiveToc,
	onRefused: RefusedRightListener,
): Promise<void> {
	const { server, purpose, signal } = run;
	const client = await connectForLong(server, { purpose, database, signal });
	try {
		const { settings, main, last } = planRestore(toc, {
			owners: run.owners === 'auto',
			privileges: run.privileges === 'auto',
			clean: false,
			target: await describePlanTarget(client),
		});
		for (const setting of settings) await client.query(setting);
		await client.query('BEGIN');
		for (const { entry, rights } of [...main, ...last]) {
			for (const right of rights) await runRight(client, entry, right, onRefused);
		}
		await client.query('COMMIT');
	} finally {
		await client.end();
	}
}
