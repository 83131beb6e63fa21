import type { ArchiveToc } from '../archive/toc';
import { connectForLong } from '../long-session';
import { describePlanTarget } from './plan-target';
import { planRestore } from './restore-plan';
import type { RestoreRun } from './restore-run';
import { RestoreTransaction } from './restore-transaction';
import { type RefusedRightListener, runRight } from './rights';

/**
 * Gives the objects of an archive, which are all in `database` already, their owners and grants where
 * `run` says `auto`, in as few transactions as it allows. What the server refuses is told to
 * `onRefused` and left.
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
		const { statementsPerTransaction } = run.archive;
		const transaction = await RestoreTransaction.begin(client, statementsPerTransaction);
		for (const { entry, rights } of [...main, ...last]) {
			for (const right of rights) {
				await transaction.makeRoom();
				await runRight(client, entry, right, onRefused);
			}
		}
		await transaction.commit();
	} finally {
		await client.end();
	}
}
