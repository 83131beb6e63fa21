import { listBackups, readManifest } from '../../core/repository/catalogue';
import { EVENT_COMPONENT } from '../../core/repository/keys';
import type { Repository } from '../../core/repository/repository';
import { groupByName, highestLevel } from '../../core/repository/select-backups';
import type { Item } from '../../test/support/n8n/n8n-client';
import type { Stage } from '../../test/support/stage/stage';
import type { Narrator } from './narrator';
import type { WantedRun } from './run-workflow';

const BACKUPS: readonly WantedRun[] = [
	{ id: 'drBackUpHourly', name: 'Back up hourly', nodes: [] },
	{ id: 'drBackUpManagedEnv', name: 'Back up managed env', nodes: [] },
	{ id: 'drBackUpN8n', name: 'Back up n8n daily', nodes: [] },
	{ id: 'drArchiveNetlify', name: 'Archive Netlify deploy', nodes: [] },
	{ id: 'drPruneAndReport', name: 'Prune and report', nodes: [] },
];
/** As shipped in the settings. */
const BRANCH = 'main';
const RESTORE_TEST: WantedRun = {
	...{ id: 'drTestRestore', name: 'Test the restore monthly' },
	nodes: ['Summarise the test', 'Write the report'],
};

/** A backup as it lies in the repository, whatever a workflow says of it. */
export interface KeptBackup {
	readonly id: string;
	readonly component: string;
	readonly name: string;
	readonly consistencyPoint: Date;
	/** Before it was compressed and encrypted. */
	readonly rawBytes: number;
	/** One copy. */
	readonly storedBytes: number;
	/** The highest level that it has passed. */
	readonly verified: string;
	readonly copies: number;
}

/** What the plan's backup side has done. */
export interface BackupSide {
	/** In the order in which they ran. */
	readonly runs: readonly { name: string; ms: number }[];
	/** The newest of each kind and name, in the order in which they were made. */
	readonly backups: readonly KeptBackup[];
	/** Files of the export in the Git repository. */
	readonly filesInGit: number;
	/** Output items of the monthly test. */
	readonly test: Item;
	readonly report: Item;
}

/** Has n8n run every workflow that backs up, prunes, reports or tests, each once. */
export async function backUp({ repository, git }: Stage, narrator: Narrator): Promise<BackupSide> {
	const runs: { name: string; ms: number }[] = [];
	for (const workflow of BACKUPS) {
		const { ms } = await narrator.run(workflow);
		runs.push({ name: workflow.name, ms });
	}
	const { items, ms } = await narrator.run(RESTORE_TEST);
	runs.push({ name: RESTORE_TEST.name, ms });
	const [test, report] = items as [Item, Item];
	const { length: filesInGit } = await git.repository.files(BRANCH);
	return { runs, backups: await newestBackups(repository), filesInGit, test, report };
}

async function newestBackups(repository: Repository): Promise<KeptBackup[]> {
	const { backups } = await listBackups(repository);
	const shown = backups.filter((one) => one.committed && one.component !== EVENT_COMPONENT);
	const newest = [...groupByName(shown).values()].flatMap((group) => group.slice(0, 1)).reverse();
	return await Promise.all(
		newest.map(async (entry) => {
			const { id, component, name, storedBytes, storedIn } = entry;
			const manifest = await readManifest(repository, entry);
			return {
				...{ id, component, name, storedBytes, copies: storedIn.length },
				consistencyPoint: new Date(manifest.consistencyPoint),
				rawBytes: manifest.payload.raw.bytes,
				verified: highestLevel(entry) ?? 'not verified',
			};
		}),
	);
}
