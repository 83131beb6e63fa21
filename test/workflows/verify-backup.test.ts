import type { IDataObject } from 'n8n-workflow';
import { useTemporaryDirectory } from '../support/repository/temporary-directory';
import { createEngine, type WorkflowFile } from '../support/engine-harness';
import { type S3Server, startS3Server } from '../support/s3-server';
import { flipBit, TwoStores } from '../integration/verify-backup/two-stores';

const NODE = 'Verify';
const directory = useTemporaryDirectory();
let s3: S3Server;
let both: TwoStores;
beforeEach(async () => {
	s3 = await startS3Server();
	both = new TwoStores(s3, directory.path);
	await both.write(5_000, { component: 'postgres' });
	await both.write(5_000, { component: 'file', name: 'managed.env' });
});
afterEach(async () => await s3.stop());

function workflow(parameters: IDataObject): WorkflowFile {
	const trigger = 'n8n-nodes-base.manualTrigger';
	const at = { position: [0, 0] as [number, number], typeVersion: 1 };
	return {
		id: 'verifyBackups',
		name: 'Verify backups',
		nodes: [
			{ id: 'start', name: 'Start', type: trigger, parameters: {}, ...at },
			{
				...{ id: 'verify', name: NODE, ...at },
				type: 'n8n-nodes-disaster-recovery.backupRepository',
				parameters: { resource: 'backup', operation: 'verify', ...parameters },
				credentials: { drBackupRepositoryApi: { id: '1', name: 'Repository' } },
			},
		],
		connections: { Start: { main: [[{ node: NODE, type: 'main', index: 0 }]] } },
		settings: {},
	};
}

async function run(parameters: IDataObject) {
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = s3;
	const engine = await createEngine({
		credentials: {
			Repository: {
				...{ storage: 'directoryAndS3', directory: directory.path, encryption: 'none' },
				...{ s3Endpoint: endpoint, s3Region: region, s3Bucket: bucket, s3Prefix: 'dr/main' },
				...{ s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey },
			},
		},
	});
	const { status, error, output } = await engine.run(workflow(parameters));
	return { status, error, items: (output(NODE)[0] ?? []).map(({ json }) => json) };
}

describe('Verify of the node Backup Repository', () => {
	it('proves the newest of every component and name, an item for each', async () => {
		const { status, items } = await run({ level: 'readable' });
		expect(status).toBe('success');
		expect(items.map(({ component, name }) => `${component}/${name}`).sort()).toEqual([
			'file/managed.env',
			'postgres/shop',
		]);
		const stores = [both.directory.label, both.bucket.label];
		for (const item of items) {
			expect(item).toMatchObject({ passed: true, level: 'readable', verifiedIn: stores });
		}
	});

	it('fails with the name of each that did not pass, after it has looked at all', async () => {
		both.replaceInDirectory(both.payload, flipBit);
		const { status, error } = await run({});
		expect(status).toBe('error');
		expect(error?.message).toContain('1 of 2 backups did not pass');
		expect(error?.message).toContain(`file ${both.backup.id}`);
		const recorded = s3.objects().filter(({ key }) => key.includes('verified-stored'));
		expect(recorded.map(({ key }) => key.split('/')[2])).toEqual(['postgres']);
	});

	it('repairs one that is chosen by its component and ID, and says so', async () => {
		both.replaceInDirectory(both.payload, flipBit);
		const locator = (value: string) => ({ __rl: true, mode: 'id', value });
		const { status, items } = await run({
			...{ backupChoice: 'chosen', backup: locator(both.backup.id) },
			...{ component: locator('file'), repair: true },
		});
		expect(status).toBe('success');
		expect(items).toMatchObject([
			{ repaired: [{ store: both.directory.label, files: ['payload'] }], backupId: both.backup.id },
		]);
		expect(both.inDirectory()).toEqual(await both.inBucket());
	});

	it('takes the newest of a component', async () => {
		const component = { __rl: true, mode: 'list', value: 'postgres' };
		const { items } = await run({ backupChoice: 'newest', component });
		expect(items).toMatchObject([{ component: 'postgres', name: 'shop', level: 'stored' }]);
	});
});
