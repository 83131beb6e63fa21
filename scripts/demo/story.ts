import type { Item } from '../../test/support/n8n/n8n-client';
import type { Stage } from '../../test/support/stage/stage';
import { backUp, type BackupSide } from './backup-side';
import { narrate } from './narrator';
import type { Progress } from './progress';
import { type Content, fill, lookAt, strike } from './servers';
import { setUpSite } from './site';

const RESTORE_POSTGRES = {
	...{ id: 'drRestorePostgres', name: 'Restore Postgres' },
	nodes: ['Restore beside it and swap'],
};
const RESTORE_REDIS = {
	...{ id: 'drRestoreRedis', name: 'Restore Redis' },
	nodes: ['Restore into the server'],
};

/** What a restore workflow has done. */
export interface Restored {
	/** Output item of the node that did the work. */
	readonly item: Item;
	/** From the press of the button to the end of the workflow. */
	readonly ms: number;
}

/** What happened, as measured from outside of the product. */
export interface Outcome {
	readonly backupSide: BackupSide;
	readonly struckAt: Date;
	readonly postgres: Restored;
	readonly redis: Restored;
	readonly before: Content;
	readonly wrecked: Content;
	readonly after: Content;
}

/** Servers are filled, backed up by the plan's workflows, wrecked and restored. */
export async function playStory(
	stage: Stage,
	progress: Progress,
	signal: AbortSignal,
): Promise<Outcome> {
	const narrator = narrate(stage.n8n, progress, signal);
	const { step } = narrator;
	const look = async (title: string) => await step(title, async () => await lookAt(stage));

	await step('The database and the Redis are filled', async () => await fill(stage));
	await step('The settings of the site are filled in', async () => await setUpSite(stage));
	const before = await look('Every row and key is noted down, to compare with later');
	const backupSide = await backUp(stage, narrator);

	const struckAt = new Date();
	await step('Disaster: tables dropped, rows mangled, the Redis emptied', async () => {
		await strike(stage);
	});
	const wrecked = await look('What is left is looked at');

	const restore = async (workflow: typeof RESTORE_POSTGRES): Promise<Restored> => {
		const { items, ms } = await narrator.run(workflow);
		return { item: items[0] as Item, ms };
	};
	const postgres = await restore(RESTORE_POSTGRES);
	const redis = await restore(RESTORE_REDIS);
	const after = await look('Every row and key is compared with what it was');
	return { backupSide, struckAt, postgres, redis, before, wrecked, after };
}
