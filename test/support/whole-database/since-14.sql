-- What came with Postgres 14: multiranges, SQL bodies, statistics on expressions, compression.
CREATE TABLE types.multiranges (a types.span_multirange, b int4multirange[], c datemultirange);
INSERT INTO types.multiranges VALUES ('{[1,2),[3,4]}', '{"{[1,2)}","{}"}', '{(,2026-01-01),[2026-03-01,)}'), ('{}', NULL, NULL);
CREATE TYPE types.named AS RANGE (subtype = date, multirange_type_name = types."many Named");
COMMENT ON TYPE types."many Named" IS 'c';
CREATE FUNCTION routines.sql_body(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a + 1; SELECT id::int FROM tables.hen WHERE id = a; END;
CREATE PROCEDURE routines.sql_body_out(OUT b int) BEGIN ATOMIC SELECT 1; END;
CREATE FUNCTION routines.sql_return(a int) RETURNS int RETURN a * 2;
CREATE STATISTICS indexes.expressions ON (id % 3), (lower(name)) FROM indexes.subject;
CREATE TABLE tables.compressed (a text COMPRESSION pglz, b text);
INSERT INTO tables.compressed VALUES (repeat('x', 10000), 'y');
CREATE TABLE tables.detaching PARTITION OF tables.event FOR VALUES FROM ('2050-01-01') TO ('2051-01-01');
CREATE INDEX by_brin_minmax ON indexes.subject USING brin (id int4_minmax_multi_ops (values_per_range = 16), name text_bloom_ops);
CREATE INDEX by_spgist_include ON indexes.subject USING spgist (place) INCLUDE (id);
CREATE TYPE types.subscripted AS (n int);
CREATE OR REPLACE TRIGGER replaced AFTER INSERT ON triggers.ruled FOR EACH ROW EXECUTE FUNCTION triggers.refuse();
GRANT TRUNCATE ON security.secret TO "Rolle ""ä""";
CREATE VIEW views.searching AS WITH RECURSIVE up(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM up WHERE n < 3) SEARCH DEPTH FIRST BY n SET o CYCLE n SET c USING p SELECT n, c FROM up ORDER BY o;
INSERT INTO public.types (n) VALUES ('Infinity'), ('-Infinity');
