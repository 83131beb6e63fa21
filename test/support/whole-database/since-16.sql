-- What came with Postgres 16: rules of ICU collations, STORAGE in CREATE TABLE, JSON constructors.
CREATE COLLATION types.ruled (provider = icu, locale = 'und', rules = '& a < g');
CREATE TABLE tables.storage_at_once (a text STORAGE EXTERNAL, j text CHECK (j IS JSON OBJECT WITH UNIQUE KEYS));
INSERT INTO tables.storage_at_once VALUES ('a', '{"a": 1}');
CREATE VIEW views.json_objects AS SELECT JSON_OBJECT('a': 1, 'b': id ABSENT ON NULL RETURNING jsonb) AS o, JSON_ARRAYAGG(name ORDER BY name) AS a
	FROM tables.dog, tables.hen GROUP BY id;
CREATE TABLE public.literals (a int DEFAULT 0x1F, b numeric DEFAULT 1_000.5);
