import type { Item } from '../../test/support/n8n/n8n-client';
import { withClient } from '../../test/support/stage/owned-database';
import type { Stage } from '../../test/support/stage/stage';
import { compareDefinitions, compareRows, takeCensus, type TableDifference } from './census';
import type { Progress } from './progress';
import { playRedisStory, type RedisOutcome } from './redis-story';
import { runWorkflow } from './run-workflow';
import { fill, strike } from './sample-database';

const BACK_UP = {
	id: 'drBackUpPostgres',
	nodes: ['Back up the database', 'Prove that it can be restored'],
};
const RESTORE = { id: 'drRestorePostgres', nodes: ['Restore beside it and swap'] };

/** What happened, as measured from outside of the product. */
export interface Outcome {
	/** Output items of the nodes that did the work. */
	backup: Item;
	proof: Item;
	restore: Item;
	disaster: TableDifference[];
	afterRestore: TableDifference[];
	differentDefinitions: string[];
	/** From the press of the button to the end of the workflow. */
	backupMs: number;
	restoreMs: number;
	/** Between the backup's consistency point and the disaster: the work that is lost. */
	lostMs: number;
	redis: RedisOutcome;
}

/** A database and a Redis are filled, backed up, wrecked and restored, and compared with what they were. */
export async function playStory(
	stage: Stage,
	progress: Progress,
	signal: AbortSignal,
): Promise<Outcome> {
	const { database, n8n } = stage;
	const step = async <Result>(title: string, work: () => Promise<Result>) => {
		signal.throwIfAborted();
		return await progress.step(title, work);
	};
	const census = async (title: string) =>
		await step(title, async () => await withClient(database, takeCensus));
	const workflow = async (title: string, which: { id: string; nodes: string[] }) =>
		await step(title, async () => await runWorkflow(n8n, which, signal));

	await step('The database is filled', async () => await fill(database));
	const before = await census('Every row is noted down, to compare with later');
	const backup = await workflow('The workflow "Back up Postgres" has run', BACK_UP);
	const [made, proof] = backup.items as [Item, Item];

	await step('Disaster: tables dropped, rows mangled', async () => await strike(database));
	const struckAt = Date.now();
	const disaster = compareRows(before, await census('What is left is looked at'));

	const restore = await workflow('The workflow "Restore Postgres" has run', RESTORE);
	const [restored] = restore.items as [Item];
	const after = await census('Every row is compared with what it was');
	const redis = await playRedisStory(stage, step, workflow);
	return {
		backup: made,
		proof,
		restore: restored,
		disaster,
		afterRestore: compareRows(before, after),
		differentDefinitions: compareDefinitions(before, after),
		backupMs: backup.ms,
		restoreMs: restore.ms,
		lostMs: struckAt - Date.parse(String(made['consistencyPoint'])),
		redis,
	};
}
