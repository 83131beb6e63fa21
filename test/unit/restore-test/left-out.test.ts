import type { TocEntry } from '../../../core/postgres/archive/toc';
import { leaveOut } from '../../../core/postgres/restore-test/left-out';

const entry = (id: number, kind: string, tag: string, dependencies: number[] = []): TocEntry => ({
	...{ id, kind, tag, dependencies, hadData: kind === 'TABLE DATA', section: 2, schema: 'public' },
	...{ definition: '', drop: null, copy: null, tablespace: null, tableAccessMethod: null },
	...{ relationKind: '', owner: null },
});
const extension = entry(1, 'EXTENSION', 'vector');
const entries = [
	extension,
	entry(2, 'TABLE', 'embedding', [1]),
	entry(3, 'VIEW', 'nearest', [2]),
	entry(4, 'COMMENT', 'VIEW nearest', [3]),
	entry(5, 'TABLE', 'plain'),
	entry(6, 'TABLE DATA', 'embedding', [2]),
	entry(7, 'TABLE DATA', 'plain', [5]),
	entry(8, 'SERVER', 'far', [1]),
	entry(9, 'USER MAPPING', 'USER MAPPING bob SERVER far'),
];
const unfit = [{ entry: extension, reason: 'It is not there.' }];

it('leaves out what needs an unfit entry, however indirectly', () => {
	const { ids, exclusions, lostTables } = leaveOut(
		entries,
		unfit,
		new Map([['["public","embedding"]', 0]]),
	);
	expect([...ids].sort()).toEqual([1, 2, 3, 4, 6, 8, 9]);
	expect(exclusions).toEqual([
		{
			object: 'EXTENSION public.vector',
			reason: 'It is not there.',
			dependents: expect.arrayContaining(['TABLE public.embedding', 'VIEW public.nearest']),
		},
	]);
	expect(lostTables).toEqual([]);
});

it.each([
	[3, 3],
	[undefined, undefined],
])('tells of tables whose rows would be left out: %s', (counted, rows) => {
	const known = new Map(counted === undefined ? [] : [['["public","embedding"]', counted]]);
	const { lostTables } = leaveOut(entries, unfit, known);
	expect(lostTables).toEqual([expect.objectContaining({ name: 'embedding', rows })]);
});
