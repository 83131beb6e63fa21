import { NodeHelpers } from 'n8n-workflow';

import { createEngine } from '../support/engine-harness';
import { plantBackup } from '../support/repository/plant-backup';
import { useTemporaryDirectory } from '../support/repository/temporary-directory';

const directory = useTemporaryDirectory();
const COMPONENTS = ['postgres', 'redis', 'file', 'rentguy-queue'];

/** What the list of `field` offers in the panel of a node, by the method that the shown field names. */
async function offered(type: string, field: string, parameters: { operation: string }) {
	const engine = await createEngine({
		credentials: {
			Repository: { storage: 'directory', directory: directory.path, encryption: 'none' },
		},
	});
	const { description } = NodeHelpers.getVersionedNodeType(engine.loader.getNode(type).type);
	const shown = description.properties.find(
		({ name, displayOptions }) =>
			name === field && displayOptions?.show?.['operation']?.includes(parameters.operation),
	);
	const list = shown?.modes?.find((mode) => mode.type === 'list');
	const { results } = await engine.search(
		{
			...{ id: '1', name: 'Node', type: `n8n-nodes-disaster-recovery.${type}` },
			...{ typeVersion: 1, position: [0, 0], parameters },
			credentials: { drBackupRepositoryApi: { id: '1', name: 'Repository' } },
		},
		list?.typeOptions?.searchListMethod ?? '',
	);
	return results.map(({ value }) => value);
}

let ids: Record<string, string>;

beforeEach(() => {
	const entries = COMPONENTS.map((component, index) => {
		const at = new Date(Date.UTC(2026, 10, 22, 17, index));
		return [component, plantBackup(directory.path, { at, component, name: component })];
	});
	ids = Object.fromEntries(entries) as Record<string, string>;
});

it.each([
	['postgresDump', 'restore', undefined, 'postgres'],
	['postgresDump', 'verify', undefined, 'postgres'],
	['redisSnapshot', 'restore', undefined, 'redis'],
	['redisSnapshot', 'verify', undefined, 'redis'],
	['rentGuyQueueFlush', 'import', undefined, 'rentguy-queue'],
	['backupRepository', 'fetch', 'file', 'file'],
	['backupRepository', 'compare', 'file', 'file'],
])('%s, %s: offers the backups of its own component', async (type, operation, resource, of) => {
	const parameters = { operation, ...(resource && { resource }), backupChoice: 'chosen' };
	expect(await offered(type, 'backup', parameters)).toEqual([ids[of]]);
});

it('offers the backups of the chosen component to be verified, and all before one is chosen', async () => {
	const verify = { resource: 'backup', operation: 'verify', backupChoice: 'chosen' };
	const of = (value: string) => ({ ...verify, component: { __rl: true, mode: 'list', value } });
	expect(await offered('backupRepository', 'component', verify)).toEqual([...COMPONENTS].sort());
	expect(await offered('backupRepository', 'backup', of('redis'))).toEqual([ids['redis']]);
	expect(await offered('backupRepository', 'backup', of(''))).toHaveLength(COMPONENTS.length);
});
