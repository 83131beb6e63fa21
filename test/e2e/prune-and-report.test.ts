import { createBackupId } from '../../core/repository/naming';
import { listBackups } from '../../core/repository/catalogue';
import { recordVerification } from '../../core/repository/verification';
import { writeBackup } from '../../core/repository/write-backup';
import { failureOf, outputOf } from '../support/n8n/n8n-client';
import { requestFor } from '../support/repository/sample-backup';
import { setStage, type Stage } from '../support/stage/stage';

const HOUR_MS = 3_600_000;

let stage: Stage;

beforeAll(async () => {
	stage = await setStage();
}, 10 * 60_000);

afterAll(async () => {
	await stage?.clear();
});

/** A verified backup of so many hours ago; its id. */
async function backUp(hoursAgo: number): Promise<string> {
	const { repository } = stage;
	const consistencyPoint = new Date(Date.now() - hoursAgo * HOUR_MS);
	const id = createBackupId('mrdj', consistencyPoint);
	const backup = await writeBackup(
		repository,
		requestFor(Buffer.from('data'), { name: 'mrdj', id, consistencyPoint }),
	);
	const verified = { level: 'readable' as const, at: new Date(), durationMs: 1, details: {} };
	await recordVerification(repository, backup, verified);
	return id;
}

test('old backups go from both stores, and the report is handed on', async () => {
	const noon = new Date().setUTCHours(12, 0, 0, 0) - 40 * 24 * HOUR_MS;
	const day = (Date.now() - noon) / HOUR_MS;
	const newest = await backUp(0.2);
	const [lastOfDay, between, oldest] = [
		...[await backUp(day), await backUp(day + 1), await backUp(day + 2)],
	];

	const { client } = stage.n8n;
	const execution = await client.finished(await client.run('drPruneAndReport'));
	if (execution.status !== 'success') throw new Error(failureOf(execution));
	expect(outputOf(execution, 'Remove what no rule keeps')).toMatchObject([
		{ removed: 1, kept: 3, warnings: [] },
	]);
	const { backups } = await listBackups(stage.repository);
	expect(backups.map(({ id }) => id)).toEqual([newest, lastOfDay, oldest]);
	for (const keys of [stage.s3.objects().map(({ key }) => key), await stage.filesInDirectory()]) {
		expect(keys.join()).not.toContain(between);
	}
	expect(outputOf(execution, 'Hand on the report')).toMatchObject([
		{ components: [{ newestBackupId: newest }], windowDays: 7 },
	]);
}, 120_000);
