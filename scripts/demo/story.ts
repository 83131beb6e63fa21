import { failureOf, outputOf, type Item } from '../../test/support/n8n/n8n-client';
import type { N8nInstance } from '../../test/support/n8n/n8n-instance';
import { withClient } from '../../test/support/stage/owned-database';
import type { Stage } from '../../test/support/stage/stage';
import { compareDefinitions, compareRows, takeCensus, type TableDifference } from './census';
import type { Progress } from './progress';
import { fill, strike } from './sample-database';

const BACK_UP = {
	id: 'drBackUpPostgres',
	nodes: ['Back up the database', 'Prove that it can be restored'],
};
const RESTORE = { id: 'drRestorePostgres', nodes: ['Restore beside it and swap'] };
const RUN_LIMIT_MS = 15 * 60_000;

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
}

/** A database is filled, backed up, wrecked and restored, and compared with what it was. */
export async function playStory(
	{ database, n8n }: Stage,
	progress: Progress,
	signal: AbortSignal,
): Promise<Outcome> {
	const step = async <Result>(title: string, work: () => Promise<Result>) => {
		signal.throwIfAborted();
		return await progress.step(title, work);
	};
	const census = async (title: string) =>
		await step(title, async () => await withClient(database, takeCensus));
	const workflow = async (title: string, which: { id: string; nodes: string[] }) =>
		await step(title, async () => await run(n8n, which, signal));

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
	};
}

/** Runs a workflow by hand; rejects in the words of n8n when it does not succeed. The items of `nodes`. */
async function run(
	n8n: N8nInstance,
	workflow: { id: string; nodes: string[] },
	signal: AbortSignal,
): Promise<{ items: Item[]; ms: number }> {
	const startedAt = Date.now();
	const executionId = await n8n.client.run(workflow.id);
	const execution = await n8n.client.finished(executionId, RUN_LIMIT_MS, signal);
	if (execution.status !== 'success') throw new Error(failureOf(execution));
	const items = workflow.nodes.map((node) => {
		const [item] = outputOf(execution, node);
		if (!item) throw new Error(`The node "${node}" has no output.`);
		return item;
	});
	return { items, ms: Date.now() - startedAt };
}
