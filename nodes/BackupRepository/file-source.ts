import { Readable } from 'node:stream';
import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { fileAt } from '../../core/files/file-at';
import type { FileSource } from '../../core/files/file-source';
import { textInJson } from '../../core/files/text-in-json';
import { fencedFile } from '../shared/fence';

/** Divides base64 into whole bytes. */
const PIECE = 64 * 1024 * 4;

/** Where the file comes from; read by `fileSource`. */
export const sourceFields: INodeProperties[] = [
	{
		displayName: 'File From',
		name: 'source',
		type: 'options',
		noDataExpression: true,
		default: 'path',
		options: [
			{
				name: 'Binary Data',
				value: 'binary',
				description: 'What a node before this one has fetched',
			},
			{
				name: 'Path',
				value: 'path',
				description: 'A file on the machine of n8n, or in a folder that is shared with it',
			},
			{
				name: 'Text in JSON',
				value: 'textInJson',
				description:
					'A text within a JSON document that a node before this one has fetched as binary data, e.g. a note of a vault',
			},
		],
	},
	{
		displayName: 'File Path',
		name: 'filePath',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. /home/node/.n8n-files/managed.env',
		description: 'Below ~/.n8n-files, or a folder of N8N_RESTRICT_FILE_ACCESS_TO',
		displayOptions: { show: { source: ['path'] } },
	},
	{
		displayName: 'Input Binary Field',
		name: 'binaryPropertyName',
		type: 'string',
		default: 'data',
		required: true,
		hint: 'The name of the input field containing the binary file data to be used',
		displayOptions: { show: { source: ['binary', 'textInJson'] } },
	},
	{
		displayName: 'Path to the Text',
		name: 'textPath',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. /fields/notesPlain/value',
		description:
			'The names on the way to the text, with a slash before each. An entry of a list is called by its ID, label or name, or by its place from 0 on.',
		displayOptions: { show: { source: ['textInJson'] } },
	},
];

/** The file that these fields describe. Refuses a path outside of n8n's fence around files. */
export async function fileSource(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<FileSource> {
	const from = context.getNodeParameter('source', itemIndex);
	if (from === 'path') {
		const path = context.getNodeParameter('filePath', itemIndex) as string;
		return fileAt(await fencedFile(context, path.trim()));
	}
	const { name, read } = binaryReader(context, itemIndex);
	// n8n never changes what it holds.
	const assertUnchanged = async () => undefined;
	const close = async () => undefined;
	const open = async () => ({ read, assertUnchanged, close });
	const binary: FileSource = { fileName: name, open };
	if (from === 'binary') return binary;
	return textInJson(binary, context.getNodeParameter('textPath', itemIndex) as string);
}

/** The binary data of an item: what it is called, and its content, as often as it is asked for. */
export function binaryReader(
	context: IExecuteFunctions,
	itemIndex: number,
): { name: string; read(): Promise<Readable> } {
	const field = context.getNodeParameter('binaryPropertyName', itemIndex) as string;
	const { id, data, fileName } = context.helpers.assertBinaryData(itemIndex, field);
	const read = async () =>
		id === undefined ? Readable.from(bytesOf(data)) : await context.helpers.getBinaryStream(id);
	return { name: fileName ?? field, read };
}

/** In its default mode n8n has the data in memory, as base64; a second copy of all is not needed. */
function* bytesOf(base64: string): Generator<Buffer> {
	for (let at = 0; at < base64.length; at += PIECE) {
		yield Buffer.from(base64.slice(at, at + PIECE), 'base64');
	}
}
