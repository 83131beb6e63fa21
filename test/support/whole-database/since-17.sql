-- What came with Postgres 17: identity and access methods of partitioned tables, JSON_TABLE, MAINTAIN.
CREATE TABLE tables.identities (id int GENERATED ALWAYS AS IDENTITY, at int) PARTITION BY RANGE (at);
CREATE TABLE tables.identities_1 PARTITION OF tables.identities FOR VALUES FROM (0) TO (10);
CREATE TABLE tables.identities_rest PARTITION OF tables.identities DEFAULT;
INSERT INTO tables.identities (at) SELECT generate_series(1, 20);
CREATE TABLE tables.by_method (a int, b int) PARTITION BY LIST (a) USING heap_again;
CREATE TABLE tables.by_method_1 PARTITION OF tables.by_method FOR VALUES IN (1);
CREATE TABLE tables.by_method_2 PARTITION OF tables.by_method FOR VALUES IN (2) USING heap;
INSERT INTO tables.by_method VALUES (1, 1), (2, 2);
CREATE VIEW views.json_table AS SELECT t.* FROM indexes.subject,
	JSON_TABLE(doc, '$' COLUMNS (n int PATH '$.n' DEFAULT 0 ON EMPTY, odd bool EXISTS PATH '$.odd')) t;
GRANT MAINTAIN ON security.secret TO "Rolle ""ä""";
ALTER TABLE tables.stored ALTER COLUMN b SET STATISTICS DEFAULT;
CREATE COLLATION types.built_in (provider = builtin, locale = 'C.UTF-8');
INSERT INTO public.types (i) VALUES ('infinity'), ('-infinity');
