import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

import { ConfigurationError, NotFoundError } from '../../../core/errors';
import type { FileSource } from '../../../core/files/file-source';
import { textInJson } from '../../../core/files/text-in-json';

let closed = 0;

/** A document that counts how often it was closed. */
const documentOf = (content: string): FileSource => ({
	fileName: 'item.json',
	open: async () => ({
		read: async () => Readable.from([Buffer.from(content)]),
		assertUnchanged: async () => undefined,
		close: async () => void closed++,
	}),
});

const ITEM = JSON.stringify({
	title: 'env',
	fields: [
		{ id: 'a1', label: 'notesPlain', value: 'not these' },
		{ id: 'notesPlain', label: 'notes', purpose: 'NOTES', value: 'A=1\nB="ü"\n' },
		{ name: 'a/b~c', value: 'odd' },
	],
	data: { notes: '', count: 3, login: null },
});

async function read(path: string, content = ITEM): Promise<string> {
	const file = await textInJson(documentOf(content), path).open();
	const first = await text(await file.read());
	expect(await text(await file.read())).toBe(first);
	await file.close();
	return first;
}

beforeEach(() => (closed = 0));

test.each([
	['/title', 'env'],
	['/fields/a1/value', 'not these'],
	['/fields/notes/value', 'A=1\nB="ü"\n'],
	['/fields/1/value', 'A=1\nB="ü"\n'],
	['/fields/a~1b~0c/value', 'odd'],
	['/data/notes', ''],
])('finds the text at %s', async (path, expected) => {
	expect(await read(path)).toBe(expected);
	expect(closed).toBe(1);
});

test.each([
	'/nothing',
	'/fields/gone/value',
	'/fields/9/value',
	'/fields/length',
	'/data/count',
	'/data/login/password',
	'/data',
	'/title/length',
	'/constructor/name',
	'/',
])('has no text at %s, and quotes none', async (path) => {
	const failure = await read(path).catch((error: unknown) => error);
	expect(failure).toBeInstanceOf(NotFoundError);
	expect((failure as Error).message).toBe(`The JSON document has no text at ${path}.`);
	expect(closed).toBe(1);
});

test('takes an entry by its id before another by its label', async () => {
	const twins = [
		{ id: 'x', label: 'same', value: 'first' },
		{ id: 'same', label: 'y', value: 'second' },
	];
	expect(await read('/same/value', JSON.stringify(twins))).toBe('second');
});

test('says that the document is none, and not what is in it', async () => {
	const failure = await read('/a', 'PASSWORD=hunter2').catch((error: unknown) => error);
	expect(failure).toBeInstanceOf(ConfigurationError);
	expect(String((failure as ConfigurationError).hint) + String(failure)).not.toContain('hunter');
	await expect(read('fields')).rejects.toThrow('"fields" is not the path to a text in JSON.');
	expect(closed).toBe(2);
});
