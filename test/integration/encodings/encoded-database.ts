import { createDatabase, withAdmin } from '../../support/postgres-dumps';
import type { RunningPostgres } from '../../support/postgres-server';

/** Texts that an encoding has, beyond ASCII. */
export interface Words {
	readonly table: string;
	readonly column: string;
	readonly value: string;
}

/** An encoding, and what its database has in names and values. */
export interface Sample {
	readonly encoding: string;
	readonly words: Words;
	/** Further values as SQL, for bytes that are no text in any encoding. */
	readonly bytes?: string;
}

const WESTERN: Words = { table: 'Café Größe', column: 'naïve', value: 'façade ÿ "æ"' };

export const SAMPLES: readonly Sample[] = [
	{ encoding: 'LATIN1', words: WESTERN },
	{ encoding: 'WIN1252', words: { ...WESTERN, column: 'prix €', value: '€ “œuvre” ™' } },
	{ encoding: 'EUC_JP', words: { table: '注文', column: '名前', value: '東京タワー ｶﾅ' } },
	{ encoding: 'SQL_ASCII', words: { ...WESTERN, value: '日本 and ÿ' } },
	{
		encoding: 'SQL_ASCII',
		words: { table: 'plain', column: 'name', value: 'ascii' },
		bytes: String.raw`E'caf\xe9'`,
	},
];

/** Creates a database with these words wherever Postgres takes words. */
export async function createEncoded(
	postgres: RunningPostgres,
	name: string,
	{ encoding, words, bytes }: Sample,
): Promise<void> {
	const { table, column, value } = words;
	const more = bytes === undefined ? '' : `, (3, ${bytes}, ARRAY[${bytes}])`;
	await createDatabase(
		postgres,
		name,
		`CREATE SCHEMA "s ${table}";
		CREATE TYPE "s ${table}"."kind ${column}" AS ENUM ('${value}', 'other');
		CREATE TABLE "${table}" (id int PRIMARY KEY, "${column}" text DEFAULT '${value}'
			CONSTRAINT "not ${column}" CHECK ("${column}" <> 'never ${value}'), list text[]);
		INSERT INTO "${table}" VALUES (1, '${value}', ARRAY['${value}', NULL]), (2, 'ascii', '{}')${more};
		CREATE TABLE "s ${table}".child (kind "s ${table}"."kind ${column}", n serial,
			parent int REFERENCES "${table}");
		INSERT INTO "s ${table}".child (kind, parent) VALUES ('${value}', 1), ('other', 2);
		CREATE TABLE ascii AS SELECT n, 'row ' || n AS text FROM generate_series(1, 50) n;
		CREATE INDEX "by ${column}" ON "${table}" ("${column}");
		CREATE VIEW "view ${table}" AS SELECT "${column}" AS "${value.replaceAll('"', '')}" FROM "${table}";
		CREATE FUNCTION "f ${column}"() RETURNS text LANGUAGE sql AS $$ SELECT '${value}'::text $$;
		COMMENT ON TABLE "${table}" IS 'about ${value}';
		SELECT lo_from_bytea(4711, '\\xfffe00e9'), lo_from_bytea(4712, convert_to('${value}', 'UTF8'));
		COMMENT ON LARGE OBJECT 4711 IS '${value}';`,
		`TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`,
	);
}

/** Rows and definitions, with texts of rows as the bytes that the server keeps. */
export async function looksLike(
	postgres: RunningPostgres,
	database: string,
	{ words: { table, column } }: Sample,
): Promise<unknown> {
	return await withAdmin(postgres, database, async (admin) => {
		const { rows } = await admin.query(
			`SELECT pg_encoding_to_char(d.encoding) AS encoding, d.datcollate, d.datctype,
				ARRAY(SELECT encode(convert_to(t::text, getdatabaseencoding()), 'hex') FROM "${table}" t ORDER BY id) AS rows,
				ARRAY(SELECT encode(convert_to(c::text, getdatabaseencoding()), 'hex') FROM "s ${table}".child c ORDER BY n) AS children,
				"f ${column}"() AS function,
				pg_get_viewdef('"view ${table}"'::regclass) AS view,
				obj_description('"${table}"'::regclass) AS comment,
				ARRAY(SELECT pg_get_constraintdef(oid) FROM pg_constraint
					WHERE conrelid = '"${table}"'::regclass ORDER BY conname) AS constraints,
				ARRAY(SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'i', 'v', 'S')
					AND relnamespace::regnamespace::text !~ '^(pg_|information)' ORDER BY 1) AS names,
				ARRAY(SELECT encode(lo_get(oid), 'hex') FROM pg_largeobject_metadata ORDER BY oid) AS objects,
				obj_description(4711, 'pg_largeobject') AS "objectComment"
			FROM pg_database d WHERE datname = current_database()`,
		);
		return rows[0] as unknown;
	});
}
