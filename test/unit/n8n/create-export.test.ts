import fc from 'fast-check';

import { N8nClient } from '../../../core/n8n/client';
import { createExport } from '../../../core/n8n/create-export';
import { type N8nExport, readExport, writeExport } from '../../../core/n8n/export-format';
import { type N8nApi, type N8nAnswer, startN8nApi } from '../../support/n8n-api';

const FACTS = { n8nVersion: '2.40.7', encryptionKeyFingerprint: '0a1b2c' };
const LICENCE = 'Your license does not allow for feat:variables. To enable it, please upgrade.';

let api: N8nApi;

afterEach(async () => await api.stop());

const node = (name: string, more: object = {}) => ({
	...{ id: `id-${name}`, name, type: 'n8n-nodes-base.noOp', typeVersion: 1 },
	...{ position: [0, 0], parameters: { b: 1, a: [2, { d: 3, c: 4 }] }, ...more },
});

const workflow = (id: string, name: string, more: object = {}) => ({
	...{ id, name, nodes: [node(name)], connections: {}, settings: { executionOrder: 'v1' } },
	...{ isArchived: false, activeVersionId: null, activeVersion: null, tags: [], pinData: null },
	...{ shared: [{ projectId: 'p1' }], nodeGroups: [], staticData: { lastId: 7 }, meta: null },
	...{ versionId: 'v', triggerCount: 3, updatedAt: '2026-11-22T00:00:00.000Z', ...more },
});

const lists = (): Record<string, N8nAnswer> => ({
	workflows: [
		workflow('w3', 'Zebra'),
		workflow('w2', 'Ant', {
			activeVersionId: 'v1',
			activeVersion: { nodes: [node('Ant')], connections: {}, nodeGroups: [], authors: 'Me' },
			tags: [
				{ id: 't', name: 'b' },
				{ id: 'u', name: 'a' },
			],
		}),
		workflow('w1', 'Ant', { pinData: { Ant: [{ json: {} }] }, shared: [{ projectId: 'p2' }] }),
		workflow('w4', 'Bee', {
			activeVersionId: 'v1',
			activeVersion: { nodes: [node('Bee', { notes: 'old' })], connections: {}, nodeGroups: [] },
			settings: {
				...{ saveDataErrorExecution: 'DEFAULT', availableInMCP: false, binaryMode: 'separate' },
				...{ timezone: 'Europe/Amsterdam', errorWorkflow: 'w3' },
			},
		}),
	],
	tags: [
		{ id: 't', name: 'b' },
		{ id: 'u', name: 'a' },
	],
	credentials: [
		{ id: 'c2', name: 'SMTP', type: 'smtp', shared: [] },
		{ id: 'c1', name: 'Slack', type: 'slackApi' },
	],
	'data-tables': [
		{
			...{ id: 'd1', name: 'bookings', sizeBytes: 7 },
			columns: [
				{ id: 'x', name: 'guests', type: 'number', index: 1 },
				{ id: 'y', name: 'venue', type: 'string', index: 0 },
			],
		},
	],
	variables: [
		{ id: 'v2', key: 'TOKEN', value: 'hunter2', type: 'string' },
		{ id: 'v1', key: 'HOST', value: 'db', type: 'string' },
	],
	'projects/p1/folders': [
		{ id: 'f2', name: 'Inner', parentFolder: { id: 'f1', name: 'Outer' } },
		{ id: 'f1', name: 'Outer', parentFolder: null },
		{ id: 'f3', name: 'Else', parentFolder: null },
	],
	'projects/p2/folders': [],
});

async function exported(
	answers: Record<string, N8nAnswer>,
	options = { variableValues: true },
): Promise<N8nExport> {
	api = await startN8nApi(answers);
	const { baseUrl, apiKey } = api;
	const client = new N8nClient({ baseUrl, apiKey, tls: { mode: 'verify-full' } });
	return { ...(await createExport(client, options)), ...FACTS };
}

test('all pages of all lists are put into one order, without what changes by itself', async () => {
	const content = await exported(lists());
	expect(content.workflowStates).toEqual([
		{ id: 'w1', name: 'Ant', archived: false, published: 'no', tags: [] },
		{ id: 'w2', name: 'Ant', archived: false, published: 'as shown', tags: ['a', 'b'] },
		{
			...{ id: 'w4', name: 'Bee', archived: false, published: 'other', tags: [] },
			publishedVersion: { nodes: [node('Bee', { notes: 'old' })], connections: {} },
		},
		{ id: 'w3', name: 'Zebra', archived: false, published: 'no', tags: [] },
	]);
	expect(content.workflows[0]).toEqual({
		...{ name: 'Ant', nodes: [node('Ant')], connections: {} },
		...{ settings: { executionOrder: 'v1' }, pinData: { Ant: [{ json: {} }] } },
	});
	expect(content.workflows[2]?.settings).toEqual({
		timezone: 'Europe/Amsterdam',
		errorWorkflow: 'w3',
	});
	expect(content).toMatchObject({
		tags: ['a', 'b'],
		credentials: [
			{ id: 'c1', name: 'Slack', type: 'slackApi' },
			{ id: 'c2', name: 'SMTP', type: 'smtp' },
		],
		variables: [
			{ key: 'HOST', value: 'db' },
			{ key: 'TOKEN', value: 'hunter2' },
		],
		folders: [
			{ id: 'f3', name: 'Else', parentFolderId: null },
			{ id: 'f2', name: 'Inner', parentFolderId: 'f1' },
			{ id: 'f1', name: 'Outer', parentFolderId: null },
		],
		leftOut: [],
	});
	expect(content.dataTables[0]?.columns.map(({ name }) => name)).toEqual(['venue', 'guests']);
	const text = writeExport(content);
	expect(readExport(text)).toEqual(content);
	expect(text).not.toMatch(/updatedAt|versionId|triggerCount|staticData|lastId|2026|sizeBytes/);
	expect(api.refused).toEqual([]);
});

test('values of variables are in it only where they are asked for', async () => {
	const content = await exported(lists(), { variableValues: false });
	expect(content.variables).toEqual([{ key: 'HOST' }, { key: 'TOKEN' }]);
	expect(writeExport(content)).not.toContain('hunter2');
});

test('what the licence or an older n8n does not give is left out, and said', async () => {
	const content = await exported({
		...lists(),
		variables: { status: 403, message: LICENCE },
		'projects/p1/folders': { status: 403, message: LICENCE },
		'data-tables': { status: 404, message: 'not found' },
	});
	expect(content.leftOut).toEqual([
		{ what: 'dataTables', reason: 'not found' },
		{ what: 'folders', reason: LICENCE },
		{ what: 'variables', reason: LICENCE },
	]);
	expect(content).toMatchObject({ variables: [], folders: [], dataTables: [] });
});

test.each(['workflows', 'tags', 'credentials', 'variables', 'projects/p1/folders'])(
	'a key that may not list %s makes no smaller export',
	async (path) => {
		const answers = { ...lists(), [path]: { status: 403, message: 'Forbidden' } };
		await expect(exported(answers)).rejects.toMatchObject({
			message: `n8n answered 403 to GET /api/v1/${path}: Forbidden.`,
			hint: expect.stringMatching(/scope/),
		});
	},
);

test('an answer of something else than n8n is told from one of n8n', async () => {
	await expect(exported({ ...lists(), workflows: [{ login: 'please' }] })).rejects.toMatchObject({
		...{ name: 'IntegrityError', hint: expect.stringMatching(/base URL/) },
	});
});

test('in whatever order n8n answers, the bytes are the same', async () => {
	const original = writeExport(await exported(lists()));
	await api.stop();
	const { workflows, tags, credentials, variables } = lists() as Record<string, object[]>;
	const shuffled = (all: object[] = []) =>
		fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
	await fc.assert(
		fc.asyncProperty(
			...([
				shuffled(workflows),
				shuffled(tags),
				shuffled(credentials),
				shuffled(variables),
			] as const),
			async (...orders) => {
				const [one, two, three, four] = orders.map((all) => all.map(backwards));
				const answers = {
					...lists(),
					workflows: one!,
					tags: two!,
					credentials: three!,
					variables: four!,
				};
				const again = writeExport(await exported(answers));
				await api.stop();
				expect(again).toBe(original);
			},
		),
		{ numRuns: 20 },
	);
	api = await startN8nApi({});
});

/** The same, with the properties of each object the other way round. */
function backwards<T>(value: T): T {
	if (Array.isArray(value)) return value.map(backwards) as T;
	if (typeof value !== 'object' || value === null) return value;
	const entries = Object.entries(value).map(([name, part]) => [name, backwards(part)]);
	return Object.fromEntries(entries.reverse()) as T;
}
