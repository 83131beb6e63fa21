import { proveArchive } from '../../../core/postgres/archive-proof';
import type { ArchiveSummary } from '../../../core/postgres/archive/inspector';
import type { TocEntry } from '../../../core/postgres/archive/toc';
import type { Relation } from '../../../core/postgres/relations';
import type { DumpScope } from '../../../core/postgres/selection';
import type { PostgresFingerprint } from '../../../core/repository/fingerprint';

function table(name: string): Relation {
	return {
		...{ oid: name, schema: 'public', name, identifier: `public.${name}`, kind: 'r' },
		...{ unlogged: false, parent: null, inExtension: false, readable: true, rowSecurity: false },
	};
}

const scope: DumpScope = {
	arguments: [],
	relations: [table('a'), table('b')],
	tablesWithData: [table('a'), table('b')],
	largeObjects: true,
	warnings: [],
};

function archive(rows: Record<string, number>, changes: Partial<ArchiveSummary> = {}) {
	return {
		...{ version: '1.16', database: 'd', serverVersion: '15', pgDumpVersion: '18' },
		...{ encoding: 'UTF8', textIsExact: true, entries: [], largeObjects: 2 },
		tables: Object.entries(rows).map(([name, count]) => ({ schema: 'public', name, rows: count })),
		...changes,
	} satisfies ArchiveSummary;
}

function counted(a: number, b: number): PostgresFingerprint {
	return {
		...{ component: 'postgres', countedIn: 'snapshot', checksums: true, sequences: [] },
		tables: [
			{ schema: 'public', name: 'a', rows: a, checksum: '1' },
			{ schema: 'public', name: 'b', rows: b, checksum: '2' },
		],
		largeObjects: { count: 2 },
	};
}

function sequence(definition: string): TocEntry {
	return {
		...{ id: 1, hadData: false, kind: 'SEQUENCE SET', tag: 's', section: 3, definition },
		...{ drop: null, copy: null, schema: 'public', tablespace: null, tableAccessMethod: null },
		...{ relationKind: '', owner: null, dependencies: [] },
	};
}

test('equal counts make a fingerprint with the checksums of the snapshot', () => {
	const { fingerprint, warnings } = proveArchive(scope, archive({ a: 1, b: 2 }), counted(1, 2));
	expect(fingerprint).toEqual({ ...counted(1, 2), objects: [] });
	expect(warnings).toEqual([]);
});

test.each([
	['a missing table', archive({ a: 1 }), /public\.b is not in it/],
	['a row too few', archive({ a: 1, b: 1 }), /public\.b has 1 rows instead of 2/],
	['a row too many', archive({ a: 1, b: 3 }), /public\.b has 3 rows instead of 2/],
	['a lost large object', archive({ a: 1, b: 2 }, { largeObjects: 1 }), /1 large objects instead/],
])('%s is refused', (_what, summary, message) => {
	expect(() => proveArchive(scope, summary, counted(1, 2))).toThrow(message);
});

test('a table that the server did not count is refused', () => {
	const half = { ...counted(1, 2), tables: counted(1, 2).tables.slice(0, 1) };
	expect(() => proveArchive(scope, archive({ a: 1, b: 2 }), half)).toThrow(/b was not counted/);
});

test('without counts of the server the archive is what is recorded, and said so', () => {
	const { fingerprint } = proveArchive(scope, archive({ a: 1, b: 2 }), undefined);
	expect(fingerprint).toMatchObject({ countedIn: 'archive', checksums: false });
	expect(fingerprint.tables).toEqual([
		{ schema: 'public', name: 'a', rows: 1 },
		{ schema: 'public', name: 'b', rows: 2 },
	]);
	expect(() => proveArchive(scope, archive({ a: 1 }), undefined)).toThrow(/b is not in it/);
});

test('large objects that were to be left out must not be there', () => {
	const without = { ...scope, largeObjects: false };
	expect(() => proveArchive(without, archive({ a: 1, b: 2 }), counted(1, 2))).toThrow(
		/instead of 0/,
	);
});

test('tables of extensions are named, and not compared later', () => {
	const { fingerprint, warnings } = proveArchive(
		scope,
		archive({ a: 1, b: 2, ext: 7 }),
		counted(1, 2),
	);
	expect(fingerprint.tables).toHaveLength(2);
	expect(warnings).toEqual([expect.stringMatching(/public\.ext \(7 rows\)/)]);
});

test.each([
	["SELECT pg_catalog.setval('public.s', 42, true);\n", '42'],
	["SELECT pg_catalog.setval('public.s', -3, true);\n", '-3'],
	["SELECT pg_catalog.setval('public.s', 1, false);\n", null],
	['SELECT pg_catalog.setval(\'public."a, 9, true);"\', 5, true);\n', '5'],
])('%s is read as %s', (definition, lastValue) => {
	const summary = archive({ a: 1, b: 2 }, { entries: [sequence(definition)] });
	const { fingerprint } = proveArchive(scope, summary, counted(1, 2));
	expect(fingerprint.sequences).toEqual([{ schema: 'public', name: 's', lastValue }]);
});

test('a sequence that is set in an unknown way is refused', () => {
	const summary = archive({ a: 1, b: 2 }, { entries: [sequence('ALTER SEQUENCE s RESTART;')] });
	expect(() => proveArchive(scope, summary, counted(1, 2))).toThrow(/not understood/);
});
