import { createEngine, type WorkflowFile } from '../support/engine-harness';
import { plantBackup, plantFile } from '../support/repository/plant-backup';
import { useTemporaryDirectory } from '../support/repository/temporary-directory';

const HOUR = 60 * 60_000;
const directory = useTemporaryDirectory();

/** A workflow with one node that does one thing to the repository. */
function workflow(parameters: object): WorkflowFile {
	const start = 'When clicking ‘Execute workflow’';
	return {
		...{ id: 'drTestList', name: 'List', settings: { timezone: 'Europe/Amsterdam' } },
		nodes: [
			{
				...{ id: '1', name: start, type: 'n8n-nodes-base.manualTrigger', typeVersion: 1 },
				...{ position: [0, 0], parameters: {} },
			},
			{
				...{ id: '2', name: 'List', type: 'n8n-nodes-disaster-recovery.backupRepository' },
				...{ typeVersion: 1, position: [224, 0] },
				parameters: { resource: 'backup', operation: 'list', ...parameters },
				credentials: { drBackupRepositoryApi: { id: '1', name: 'Backup repository' } },
			},
		],
		connections: { [start]: { main: [[{ node: 'List', type: 'main', index: 0 }]] } },
	};
}

async function list(parameters: object) {
	const engine = await createEngine({
		credentials: {
			'Backup repository': {
				...{ storage: 'directory', directory: directory.path, encryption: 'none' },
			},
		},
	});
	const { error, output } = await engine.run(workflow(parameters));
	return { error, items: (output('List')[0] ?? []).map(({ json }) => json) };
}

it('gives an item for each backup across components, newest first, after the filters', async () => {
	const now = Date.now();
	const ago = (hours: number) => new Date(now - hours * HOUR);
	const root = directory.path;
	const ids = [
		plantBackup(root, { at: ago(1) }),
		plantBackup(root, { at: ago(2), component: 'redis', name: 'cache', levels: ['stored'] }),
		plantBackup(root, { at: ago(3), levels: ['readable', 'restored'] }),
		plantBackup(root, { at: ago(50), levels: ['readable'] }),
	];
	const left = plantBackup(root, { at: ago(4), without: 'manifest' });
	plantFile(root, 'postgres/shop/notes.txt');

	const { items } = await list({});
	expect(items.map(({ backupId }) => backupId)).toEqual(ids);
	expect(items[2]).toEqual({
		...{ backupId: ids[2], component: 'postgres', name: 'shop', age: '3 h ago' },
		consistencyPoint: expect.stringMatching(/^\d{4}-.*Z$/) as string,
		ageMinutes: expect.closeTo(180, 0) as number,
		...{ storedBytes: 7, committed: true, storedIn: [`directory ${root}`] },
		...{ verified: 'restored', warnings: [] },
		verifications: [
			{ level: 'readable', at: expect.any(String) as string },
			{ level: 'restored', at: expect.any(String) as string },
		],
	});

	const idsOf = async (parameters: object) =>
		(await list(parameters)).items.map(({ backupId }) => backupId);
	expect(await idsOf({ component: 'redis' })).toEqual([ids[1]]);
	expect(await idsOf({ backupName: 'shop', limit: 2 })).toEqual([ids[0], ids[2]]);
	expect(await idsOf({ options: { minimumLevel: 'readable' } })).toEqual([ids[2], ids[3]]);
	const newerThan = ago(2.5).toISOString();
	expect(await idsOf({ options: { newerThan } })).toEqual([ids[0], ids[1]]);
	expect(await idsOf({ options: { olderThan: newerThan } })).toEqual([ids[2], ids[3]]);
	expect(await idsOf({ options: { includeUncommitted: true } })).toContain(left);
});

it('says which rules would keep each backup', async () => {
	const [newest, middle, oldest] = ['22T16', '22T15', '20T12'].map((time) =>
		plantBackup(directory.path, { at: `2026-01-${time}:00:00Z` }),
	);
	const { items } = await list({ keep: { keepDaily: 1, keepLast: 1 }, limit: 2 });
	expect(items.map(({ backupId, keptBy }) => [backupId, keptBy])).toEqual([
		[newest, ['last', 'daily', 'newest']],
		[middle, []],
	]);
	const all = await list({ keep: { keepWeekly: 4 }, returnAll: true });
	expect(all.items.at(-1)).toMatchObject({ backupId: oldest, keptBy: ['weekly (oldest)'] });
});

it('refuses what can be no component, name or date', async () => {
	for (const [parameters, words] of [
		[{ component: '../etc' }, 'There can be no component "../etc".'],
		[{ component: 'postgres', backupName: '../../etc' }, 'The backup name "../../etc" cannot'],
		[{ options: { newerThan: 'yesterday' } }, 'Newer Than is not a date and time: "yesterday".'],
	] as const) {
		const { error, items } = await list(parameters);
		expect(error?.message).toContain(words);
		expect(items).toEqual([]);
	}
});

it('prunes only when it is told to, and says what it did', async () => {
	const old = plantBackup(directory.path, { at: '2026-01-01T01:00:00Z' });
	plantBackup(directory.path, { at: '2026-01-01T02:00:00Z' });
	const prune = { operation: 'prune', keep: { keepLast: 1 } };
	const dry = await list(prune);
	expect(dry.items).toMatchObject([{ dryRun: true, kept: 1, removed: 0, wouldBeRemoved: 1 }]);
	expect((await list({})).items).toHaveLength(2);
	const wet = await list({ ...prune, dryRun: false });
	expect(wet.items).toMatchObject([{ dryRun: false, kept: 1, removed: 1, warnings: [] }]);
	expect(wet.items[0]?.groups).toMatchObject([
		{ component: 'postgres', name: 'shop', backups: [{}, { backupId: old, outcome: 'removed' }] },
	]);
	expect((await list({ ...prune, keep: {} })).error?.message).toContain('no keep rule');
});
