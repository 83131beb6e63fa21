import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Container } from '@n8n/di';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { BinaryDataConfig, BinaryDataService } from 'n8n-core';
import type { ICredentialDataDecryptedObject, IDataObject, INodeExecutionData } from 'n8n-workflow';

import { createEngine, type Engine, type WorkflowFile } from '../support/engine-harness';
import { everythingBelow } from '../support/repository/files-below';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const ENV = 'PORT=3000\nPASSWORD="hunter2"\n';
const STORE = 'Store the file';
const shipped = shippedWorkflows();

let folder: string;
let path: string;
let encrypted: ICredentialDataDecryptedObject;
let engine: Engine;
/** Subjects of the messages that went out. */
let told: string[];

beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), 'dr-managed-env-'));
	mkdirSync(join(folder, 'repository'));
	path = join(folder, 'managed.env');
	writeFileSync(path, ENV);
	told = [];
	const identity = await generateX25519Identity();
	encrypted = {
		...{ encryption: 'keyPair', identities: identity },
		recipients: await identityToRecipient(identity),
	};
	engine = await engineWith();
});

/** n8n with the shipped workflows, where Settings have these values and all messages arrive. */
async function engineWith(
	values: Record<string, string> = {},
	encryption: ICredentialDataDecryptedObject = encrypted,
): Promise<Engine> {
	const settings = structuredClone(shipped['settings']!);
	for (const { parameters } of settings.nodes) {
		const { assignments = [] } = (parameters.assignments ?? {}) as {
			assignments?: { name: string; value: unknown }[];
		};
		const all: Record<string, string> = { 'managedEnv.source': 'path', 'managedEnv.path': path };
		for (const one of assignments) one.value = { ...all, ...values }[one.name] ?? one.value;
	}
	const { 'store-managed-env': drStoreManagedEnv, 'tell-people': drTellPeople } = shipped;
	const { 'compare-managed-env': drCompareManagedEnv } = shipped;
	const library = { drStoreManagedEnv, drCompareManagedEnv, drTellPeople, drSettings: settings };
	return await createEngine({
		credentials: {
			'Backup repository': {
				...{ storage: 'directory', directory: join(folder, 'repository'), ...encryption },
			},
		},
		library: structuredClone(library) as Record<string, WorkflowFile>,
		outside: (node, { subject }) => {
			if (node === 'Have a table for the state') return {};
			if (node === 'Tell Slack') return { ok: true };
			told.push(String(subject));
			return { messageId: '<1@example>' };
		},
	});
}

/** The summary of a whole run, and why it failed if it did. */
async function backUp(on: Engine = engine): Promise<IDataObject> {
	const { error, output } = await on.run(shipped['back-up-managed-env']!);
	return { ...output('Summarise the run')[0]?.[0]?.json, failure: error?.message };
}

afterEach(() => rmSync(folder, { recursive: true, force: true }));

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
	const copy = structuredClone(shipped['store-managed-env']!);
	const nodes = copy.nodes.filter(({ name }) => [STORE, 'Run by hand'].includes(name));
	const store = nodes.find(({ name }) => name === STORE)!;
	store.parameters = { resource: 'file', ...parameters } as typeof store.parameters;
	delete store.onError;
	const first = [{ node: STORE, type: 'main' as const, index: 0 }];
	const connections = { 'Run by hand': { main: [first] } };
	return await engine.run({ ...copy, nodes, connections }, items ? { items } : {});
}

const storing = { operation: 'store', source: 'path', envFile: true };
const fetching = { operation: 'fetch', backupChoice: 'newest' };
const comparing = { operation: 'compare', backupChoice: 'newest' };

test('the shipped workflow stores what changed, proves it, and names what differs', async () => {
	const first = await backUp();
	expect(first).toMatchObject({
		...{ stored: true, verified: 'readable', previousBackupId: '', changedNames: [] },
		...{ warnings: [], failed: [], vault: { state: 'none' } },
	});
	const second = await backUp();
	expect(second).toMatchObject({ changed: false, stored: false, verified: '', failed: [] });

	writeFileSync(path, 'PORT=3000\nPASSWORD="hunter3"\nNEW=1\n');
	const third = await backUp();
	expect(third).toMatchObject({
		...{ addedNames: ['NEW'], removedNames: [], changedNames: ['PASSWORD'], warnings: [] },
	});
	const written = everythingBelow(join(folder, 'repository'))
		.filter((name) => /\.(json|age)$/.test(name))
		.map((name) => readFileSync(join(folder, 'repository', name), 'latin1'));
	expect(written.length).toBeGreaterThan(5);
	expect(JSON.stringify([first, second, third, written])).not.toMatch(/hunter|3000/);
	expect(told).toEqual([]);
});

test('nothing is stored where nothing is encrypted', async () => {
	const unencrypted = await engineWith({}, { encryption: 'none' });
	expect(await backUp(unencrypted)).toMatchObject({
		...{ stored: false, backupId: '' },
		failure: expect.stringContaining(
			'The repository is not encrypted, and the file holds secrets.',
		),
	});
	expect(everythingBelow(join(folder, 'repository'))).toEqual([]);
});

test.each([
	['managedEnv.source', 'ftp', 'managedEnv.source in Settings is "ftp"'],
	['vault.kind', 'onepassword', 'vault.kind in Settings is "onepassword"'],
])('what %s says wrongly fails the run: "%s"', async (name, value, said) => {
	const { failure, failed } = await backUp(await engineWith({ [name]: value }));
	expect(failure).toContain(said);
	expect(failed).toHaveLength(1);
});

test('what is on the server is compared with the newest backup, by name', async () => {
	const compare = async () => {
		const { last } = await engine.run(shipped['compare-managed-env']!, {
			...{ startAt: 'Called by another workflow', items: [{ json: { copy: 'server' } }] },
		});
		return last[0]?.[0]?.json;
	};
	expect(await compare()).toMatchObject({ state: 'failed' });
	await backUp();
	expect(await compare()).toMatchObject({ state: 'same', onlyInBackup: [], otherValue: [] });
	writeFileSync(path, `# a comment\n${ENV}`);
	expect(await compare()).toMatchObject({ state: 'sameSettings' });
	writeFileSync(path, 'PORT=3001\nNEW=1\n');
	expect(await compare()).toMatchObject({
		...{ state: 'different', onlyInBackup: ['PASSWORD'], onlyInCopy: ['NEW'] },
		otherValue: ['PORT'],
	});
	writeFileSync(path, 'no settings\n');
	expect(await compare()).toMatchObject({ state: 'different', otherValue: ['unknown'] });
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
