import { openRepository } from '../../../core/repository/repository';
import type { RunningRedis } from '../redis-server';
import { fillWithKeys } from './content';
import { rdbOf, restoreInput, storeRdb, withSession } from './restore-lab';
import { restoreInProcess } from './restore-process';

/**
 * Fills a server, and kills a restore into it while the server takes the data. What is left is a
 * replica of nobody, and resolves before the server has seen that the process is gone.
 */
export async function leaveStuckReplica(target: RunningRedis, directory: string): Promise<void> {
	await withSession(target, async ({ client }) => await fillWithKeys(client, 200, 100_000));
	const repository = openRepository({
		directory: { path: directory },
		encryption: { kind: 'none' },
	});
	const backup = await storeRdb(repository, await rdbOf(target));
	const { repository: _, ...input } = restoreInput(target, { repository, backup });
	let whileItRan: Promise<unknown> | undefined;
	await restoreInProcess(directory, input, ({ phase, done = 0 }, kill) => {
		if (phase !== 'restoring' || done < 1_000_000) return;
		process.kill(target.pid, 'SIGSTOP');
		kill();
		whileItRan ??= Promise.resolve().then(() => process.kill(target.pid, 'SIGCONT'));
	});
	await whileItRan;
}
