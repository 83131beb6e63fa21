-- Everything that Postgres lets only a superuser create, beside an ordinary table.
CREATE TABLE item (id int PRIMARY KEY, name text);
INSERT INTO item VALUES (1, 'one'), (2, 'two');
CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER audit ON ddl_command_end EXECUTE FUNCTION on_ddl();
COMMENT ON EVENT TRIGGER audit IS 'who did it';
CREATE FOREIGN DATA WRAPPER dummy;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER dummy;
CREATE USER MAPPING FOR PUBLIC SERVER elsewhere;
CREATE FOREIGN TABLE far (id int) SERVER elsewhere;
CREATE VIEW on_far AS SELECT id FROM far;
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE PUBLICATION just_item FOR TABLE item;
CREATE FUNCTION leak(int) RETURNS bool LANGUAGE sql LEAKPROOF AS 'SELECT true';
CREATE FUNCTION hidden(text) RETURNS int LANGUAGE internal AS 'textlen';
CREATE FUNCTION quiet() RETURNS int LANGUAGE sql SET log_statement TO 'none' AS 'SELECT 1';
CREATE FUNCTION harmless() RETURNS text LANGUAGE sql SET search_path TO '' AS $$
    SELECT '
    LANGUAGE c LEAKPROOF'::text $$;
CREATE TYPE pair AS (a int, b int);
CREATE TYPE twin AS (a int, b int);
CREATE FUNCTION to_pair(int) RETURNS pair LANGUAGE sql AS 'SELECT ROW($1, $1)::public.pair';
CREATE CAST (int AS pair) WITH FUNCTION to_pair(int);
CREATE DOMAIN number AS int;
CREATE FUNCTION to_bool(text) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE CAST (text AS bool) WITH FUNCTION to_bool(text) AS ASSIGNMENT;
CREATE OPERATOR FAMILY spare USING btree;
CREATE TEXT SEARCH TEMPLATE nothing (LEXIZE = dsimple_lexize);
CREATE TYPE mood;
CREATE FUNCTION mood_in(cstring) RETURNS mood LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION mood_out(mood) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE mood (INPUT = mood_in, OUTPUT = mood_out, LIKE = text);
SELECT lo_from_bytea(0, 'large');
