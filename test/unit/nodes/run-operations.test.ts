import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { runOperations } from '../../../nodes/shared/run-operations';

/** As much of n8n's context as `runOperations` asks for; shows what was hinted. */
function contextOf(operation: string, items: number) {
	const hints: string[] = [];
	const context = {
		getInputData: () => Array.from({ length: items }, () => ({ json: {} })),
		getNodeParameter: () => operation,
		addExecutionHints: ({ message }: { message: string }) => hints.push(message),
	};
	return { context: context as unknown as IExecuteFunctions, hints };
}

const list = async (): Promise<INodeExecutionData[]> => [
	{ json: { backupId: 'a', warnings: ['one store is silent'] } },
	{ json: { backupId: 'b', warnings: ['one store is silent'] }, binary: {} },
];
const operations = {
	list: { execute: list },
	none: { execute: async () => [] },
	one: { execute: async () => ({ done: true }) },
};

describe('what becomes of an item', () => {
	it('may be any number of items, each of which says from which one it comes', async () => {
		const { context, hints } = contextOf('list', 2);
		const [results] = await runOperations(context, operations);
		expect(results?.map(({ json, pairedItem }) => [json.backupId, pairedItem])).toEqual([
			['a', { item: 0 }],
			['b', { item: 0 }],
			['a', { item: 1 }],
			['b', { item: 1 }],
		]);
		expect(results?.[1]?.binary).toEqual({});
		expect(hints).toEqual(['one store is silent']);
	});

	it('may be nothing, or the one item of a plain result', async () => {
		expect(await runOperations(contextOf('none', 2).context, operations)).toEqual([[]]);
		expect(await runOperations(contextOf('one', 1).context, operations)).toEqual([
			[{ json: { done: true }, pairedItem: { item: 0 } }],
		]);
	});
});
