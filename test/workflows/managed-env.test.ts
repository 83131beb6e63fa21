import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Container } from '@n8n/di';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { BinaryDataConfig, BinaryDataService } from 'n8n-core';
import type { INodeExecutionData } from 'n8n-workflow';

import { createEngine, type Engine, type WorkflowFile } from '../support/engine-harness';
import { everythingBelow } from '../support/repository/files-below';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const ENV = 'PORT=3000\nPASSWORD="hunter2"\n';
const STORE = 'Store the file';

let folder: string;
let path: string;
let engine: Engine;

beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), 'dr-managed-env-'));
	mkdirSync(join(folder, 'repository'));
	path = join(folder, 'managed.env');
	writeFileSync(path, ENV);
	const identity = await generateX25519Identity();
	engine = await createEngine({
		credentials: {
			'Backup repository': {
				...{ storage: 'directory', directory: join(folder, 'repository') },
				...{ encryption: 'keyPair', identities: identity },
				recipients: await identityToRecipient(identity),
			},
		},
	});
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The shipped workflow for the file of the test, with other parameters in its first node. */
function workflow(parameters: object = {}): WorkflowFile {
	const copy = structuredClone(shippedWorkflows()['back-up-managed-env']!);
	const store = copy.nodes.find(({ name }) => name === STORE)!;
	store.parameters = { ...store.parameters, filePath: path, ...parameters };
	return copy;
}

/** Runs one operation of the node on what comes from a trigger; its only item. */
async function operate(
	parameters: object,
	items?: INodeExecutionData[],
): Promise<INodeExecutionData> {
	const { error, output } = await run(parameters, items);
	expect(error?.message).toBeUndefined();
	return output(STORE)[0]![0]!;
}

async function run(parameters: object, items?: INodeExecutionData[]) {
	const copy = workflow();
	const nodes = copy.nodes.filter(({ name }) => [STORE, 'Run by hand'].includes(name));
	const store = nodes.find(({ name }) => name === STORE)!;
	store.parameters = { resource: 'file', ...parameters } as typeof store.parameters;
	const connections = { 'Run by hand': copy.connections['Run by hand']! };
	return await engine.run({ ...copy, nodes, connections }, items ? { items } : {});
}

const storing = { operation: 'store', source: 'path', envFile: true };
const fetching = { operation: 'fetch', backupChoice: 'newest' };
const comparing = { operation: 'compare', backupChoice: 'newest' };

test('the shipped workflow stores what changed, proves it, and names what differs', async () => {
	const first = await engine.run(workflow());
	expect(first.error?.message).toBeUndefined();
	expect(first.output('Summarise the run')[0]?.[0]?.json).toMatchObject({
		...{ verified: 'readable', previousBackupId: '', changedNames: [], warnings: [] },
	});

	const second = await engine.run(workflow());
	expect(second.error?.message).toBeUndefined();
	expect(second.output('Summarise the run')).toEqual([]);
	expect(second.output('Nothing to store')[0]?.[0]?.json).toMatchObject({ changed: false });

	writeFileSync(path, 'PORT=3000\nPASSWORD="hunter3"\nNEW=1\n');
	const third = await engine.run(workflow());
	const summary = third.output('Summarise the run')[0]?.[0]?.json;
	expect(summary).toMatchObject({
		...{ addedNames: ['NEW'], removedNames: [], changedNames: ['PASSWORD'], warnings: [] },
	});
	const written = everythingBelow(join(folder, 'repository'))
		.filter((name) => /\.(json|age)$/.test(name))
		.map((name) => readFileSync(join(folder, 'repository', name), 'latin1'));
	expect(written.length).toBeGreaterThan(5);
	expect(JSON.stringify([first, second, third, written])).not.toMatch(/hunter|3000/);
});

test('a path outside of the fence is refused, also through a link, to read and to write', async () => {
	const link = join(folder, 'link.env');
	symlinkSync('/etc/hostname', link);
	symlinkSync('/etc', join(folder, 'folder'));
	await operate({ ...storing, filePath: path });
	const outside = ['/etc/hostname', link, `${folder}/folder/hostname`, `${folder}/../../etc/x`];
	for (const filePath of outside) {
		for (const parameters of [storing, { ...comparing, source: 'path' }, fetching]) {
			const { error } = await run({ ...parameters, filePath });
			expect(error?.message).toBe(`n8n does not allow nodes to use the file ${filePath}.`);
		}
	}
	const { error } = await run({ ...storing, filePath: `${folder}/none/managed.env` });
	expect(error?.message).toBe(`There is no folder ${folder}/none.`);
});

describe.each(['default', 'filesystem'] as const)('binary data in the mode %s', (mode) => {
	let store: string;

	beforeAll(async () => {
		store = mkdtempSync(join(tmpdir(), 'dr-binary-'));
		if (mode === 'default') return;
		Object.assign(Container.get(BinaryDataConfig), { mode, localStoragePath: store });
		await Container.get(BinaryDataService).init();
	});

	afterAll(() => rmSync(store, { recursive: true, force: true }));

	it('is stored, compared and given back byte by byte', async () => {
		const content = Buffer.from(Uint8Array.from({ length: 700_001 }, (_one, at) => at * 7));
		writeFileSync(path, content);
		await operate({ ...storing, envFile: false, filePath: path });
		const fetched = await operate({ ...fetching, destination: 'binary' });
		const { data } = fetched.binary!;
		expect(data).toMatchObject({ fileName: 'managed.env', bytes: content.length });
		expect(data!.id === undefined).toBe(mode === 'default');
		const found = await Container.get(BinaryDataService).getAsBuffer(data!);
		expect(found.equals(content)).toBe(true);

		expect((await operate({ ...comparing, source: 'binary' }, [fetched])).json).toMatchObject({
			...{ same: true, bytes: content.length, warnings: [] },
		});
		expect((await operate({ ...storing, source: 'binary' }, [fetched])).json).toMatchObject({
			...{ changed: false, stored: false },
		});
	});
});

test('a repository without encryption is refused where the file holds secrets', async () => {
	engine = await createEngine({
		credentials: {
			'Backup repository': {
				...{ storage: 'directory', directory: join(folder, 'repository'), encryption: 'none' },
			},
		},
	});
	const plain = { ...storing, envFile: false, filePath: path };
	const { error } = await run({ ...plain, requireEncryption: true });
	expect(error?.message).toBe('The repository is not encrypted, and the file holds secrets.');
	expect(everythingBelow(join(folder, 'repository'))).toEqual([]);
	expect((await operate(plain)).json).toMatchObject({ stored: true });
});

test('a file comes back to its path, and the one that was there is kept', async () => {
	await operate({ ...storing, filePath: path });
	writeFileSync(path, 'broken');
	const { json } = await operate({ ...fetching, filePath: path });
	expect(json).toMatchObject({ state: 'replaced', path });
	expect(readFileSync(path, 'utf8')).toBe(ENV);
	expect(readFileSync(String(json.keptAs), 'utf8')).toBe('broken');
	const { error } = await run({ ...fetching, backupChoice: 'newest-verified', filePath: path });
	expect(error?.message).toMatch(/no verified file backup/);
});
