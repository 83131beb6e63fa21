import { FORMAT, type N8nExport } from '../../../core/n8n/export-format';
import { gitFiles } from '../../../core/n8n/git-files';

const content = { nodes: [], connections: {} };

const sample = (): N8nExport => ({
	...{ format: FORMAT, n8nVersion: '2.40.7', encryptionKeyFingerprint: '0a1b2c' },
	workflows: [
		{ name: 'Ünïcode / & co', ...content, settings: {}, pinData: { A: ['pinned'] } },
		{ name: '***', ...content, settings: {} },
	],
	workflowStates: [
		{
			...{ id: 'a1', name: 'Ünïcode / & co', archived: false, tags: [], published: 'other' },
			publishedVersion: { nodes: [{ name: 'Old' }], connections: {} },
		},
		{ id: '../up', name: '***', archived: true, tags: ['t'], published: 'no' },
	],
	...{ tags: ['t'], folders: [], credentials: [], dataTables: [], leftOut: [] },
	variables: [{ key: 'TOKEN', value: 'hunter2' }],
});

test('each workflow has a file with a readable name, and an index leads to it', () => {
	const files = gitFiles(sample());
	expect([...files.keys()]).toEqual([
		'workflows/unicode-co.a1.json',
		'workflows/unicode-co.a1.published.json',
		'workflows/workflow.___up.json',
		'index.json',
	]);
	expect(JSON.parse(files.get('workflows/unicode-co.a1.json')!)).toEqual({
		...{ name: 'Ünïcode / & co', nodes: [], connections: {}, settings: {} },
	});
	expect(JSON.parse(files.get('workflows/unicode-co.a1.published.json')!)).toMatchObject({
		...{ name: 'Ünïcode / & co', nodes: [{ name: 'Old' }], settings: {} },
	});
	expect(JSON.parse(files.get('index.json')!)).toMatchObject({
		n8nVersion: '2.40.7',
		workflows: [
			{
				file: 'workflows/unicode-co.a1.json',
				publishedFile: 'workflows/unicode-co.a1.published.json',
				published: 'other',
			},
			{ file: 'workflows/workflow.___up.json', archived: true, tags: ['t'] },
		],
		variables: [{ key: 'TOKEN' }],
	});
});

test('nobody who reads Git finds the value of a variable or pinned data', () => {
	expect([...gitFiles(sample()).values()].join()).not.toMatch(/hunter2|pinned/);
});
