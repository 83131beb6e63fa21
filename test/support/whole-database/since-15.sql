-- What came with Postgres 15: publications with columns, filters and schemas, views with the caller's rights.
CREATE PUBLICATION filtered FOR TABLE ONLY tables.animal (name, legs) WHERE (name <> 'it''s'), tables.egg;
CREATE PUBLICATION by_schema FOR TABLES IN SCHEMA tables, "Größe ""quoted"" . it's \ $$", TABLE public.types;
CREATE VIEW views.as_caller WITH (security_invoker = true, security_barrier = false) AS SELECT * FROM security.secret;
CREATE TABLE tables.nulls_once (a int, b int, UNIQUE NULLS NOT DISTINCT (a, b));
CREATE UNIQUE INDEX ON tables.nulls_once (b) NULLS NOT DISTINCT;
CREATE TABLE tables.pair (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE tables.keeps_some (a int, b int, FOREIGN KEY (a, b) REFERENCES tables.pair ON DELETE SET NULL (b));
CREATE SEQUENCE tables.unlogged_parent;
CREATE UNLOGGED SEQUENCE tables.fleeting_numbers;
CREATE COLLATION types.versioned (provider = icu, locale = 'sv');
GRANT SET ON PARAMETER work_mem TO app_reader;
CREATE UNLOGGED TABLE tables.fleeting_identity (id int GENERATED ALWAYS AS IDENTITY);
