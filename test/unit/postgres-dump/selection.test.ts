import type { Relation } from '../../../core/postgres/relations';
import { type DumpSelection, resolveSelection } from '../../../core/postgres/selection';

function relation(identifier: string, changes: Partial<Relation> = {}): Relation {
	const [schema = '', name = ''] = identifier.split('.');
	return {
		...{ oid: identifier, schema, name, identifier, kind: 'r', unlogged: false, parent: null },
		...{ inExtension: false, readable: true, rowSecurity: false },
		...changes,
	};
}

const relations = [
	relation('app.events', { kind: 'p' }),
	relation('app.events_2025', { parent: 'app.events', kind: 'p' }),
	relation('app.events_2025_01', { parent: 'app.events_2025' }),
	relation('app.cache', { unlogged: true }),
	relation('app.ids', { kind: 'S' }),
	relation('public."We""ird"', { name: 'We"ird' }),
	relation('public.spatial_ref_sys', { inExtension: true }),
];

function resolve(selection: Partial<DumpSelection>, recovering = false) {
	return resolveSelection(
		{
			...{ includeSchemas: [], excludeSchemas: [], includeTables: [], excludeTables: [] },
			...{ excludeTableData: [], blobs: true },
			...selection,
		},
		{ schemas: ['app', 'public'], relations, recovering },
	);
}

const data = (selection: Partial<DumpSelection>, recovering = false) =>
	resolve(selection, recovering).tablesWithData.map(({ identifier }) => identifier);

test('nothing chosen means everything but what extensions bring along', () => {
	expect(resolve({}).arguments).toEqual([]);
	expect(data({})).toEqual(['app.events_2025_01', 'app.cache', 'public."We""ird"']);
});

test('a partitioned table stands for its partitions, whatever is said of it', () => {
	const patterns = (option: string) => [
		`${option}="app"."events"`,
		`${option}="app"."events_2025"`,
		`${option}="app"."events_2025_01"`,
	];
	const names = ['app.events'];
	expect(resolve({ includeTables: names, blobs: false }).arguments).toEqual([
		...patterns('--table'),
		'--no-blobs',
	]);
	expect(data({ includeTables: names })).toEqual(['app.events_2025_01']);
	expect(resolve({ excludeTables: names }).arguments).toEqual(patterns('--exclude-table'));
	expect(data({ excludeTables: names })).toEqual(['app.cache', 'public."We""ird"']);
	expect(resolve({ excludeTableData: names }).arguments).toEqual(patterns('--exclude-table-data'));
	expect(data({ excludeTableData: names })).toEqual(['app.cache', 'public."We""ird"']);
});

test('names are quoted so that no pattern is seen in them', () => {
	expect(resolve({ excludeTables: ['public."We""ird"'] }).arguments).toEqual([
		'--exclude-table="public"."We""ird"',
	]);
	expect(resolve({ excludeSchemas: ['app'] }).arguments).toEqual(['--exclude-schema="app"']);
	expect(data({ excludeSchemas: ['app'] })).toEqual(['public."We""ird"']);
});

test('large objects are asked for where pg_dump would leave them out', () => {
	expect(resolve({ includeSchemas: ['app'] }).arguments).toEqual(['--schema="app"', '--blobs']);
});

test('unknown names are all listed', () => {
	expect(() =>
		resolve({ includeSchemas: ['no'], excludeTableData: ['app.no', 'app.cache'] }),
	).toThrow(/: schema no, table app\.no\./);
});

test('combinations that pg_dump would take in another sense are refused', () => {
	expect(() => resolve({ includeTables: ['app.cache'], excludeSchemas: ['public'] })).toThrow(
		/Both schemas and single tables/,
	);
	expect(() => resolve({ includeTables: ['app.events_2025_01'] })).toThrow(/partition cannot be/);
});

test('a standby has no rows of unlogged tables, and that is said', () => {
	expect(data({}, true)).toEqual(['app.events_2025_01', 'public."We""ird"']);
	expect(resolve({}, true).warnings).toEqual([expect.stringMatching(/dumped empty: app\.cache/)]);
});
