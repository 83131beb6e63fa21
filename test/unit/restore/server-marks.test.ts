import { withoutServerMarks } from '../../../core/postgres/restore/server-marks';

const CREATE = 'CREATE TABLE public.t (\n    a integer,\n    b integer\n);\n\n\n';

it.each([
	['ALTER TABLE ONLY public.t ALTER COLUMN a SET (pg_attver=2);\n', '\n'],
	[
		'ALTER TABLE ONLY public.t ALTER COLUMN a SET (n_distinct=5, pg_attver=2);\n',
		'ALTER TABLE ONLY public.t ALTER COLUMN a SET (n_distinct=5);\n',
	],
	[
		'ALTER FOREIGN TABLE ONLY public.t ALTER COLUMN a SET (pg_attver=1, n_distinct=-0.5);\n',
		'ALTER FOREIGN TABLE ONLY public.t ALTER COLUMN a SET (n_distinct=-0.5);\n',
	],
])('leaves out what a server marks columns with: %s', (line, expected) => {
	expect(withoutServerMarks(CREATE + line)).toBe(CREATE + expected);
});

it('changes nothing else that looks like it', () => {
	const definition = `CREATE TABLE t (a text DEFAULT 'SET (pg_attver=1);');\nCOMMENT ON COLUMN t.a IS 'pg_attver=1';`;
	expect(withoutServerMarks(definition)).toBe(definition);
});
