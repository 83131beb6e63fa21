-- One of everything that a restore has to bring back. Expects the roles "app owner" and app_reader.
CREATE EXTENSION citext;
CREATE EXTENSION pgcrypto;
CREATE EXTENSION hstore WITH SCHEMA public;
CREATE SCHEMA shop AUTHORIZATION "app owner";
CREATE SCHEMA "Größe ""quoted""";
COMMENT ON SCHEMA shop IS 'What is sold; ''quotes'' and a
second line';

CREATE TYPE shop.status AS ENUM ('new', 'paid', 'it''s "late"');
CREATE TYPE shop.address AS (street text, zip char(6));
CREATE TYPE shop.span AS RANGE (subtype = float8);
CREATE DOMAIN shop.email AS citext CHECK (VALUE ~ '@');
CREATE COLLATION shop.german (provider = icu, locale = 'de');

CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
	NEW.changed := coalesce(NEW.changed, now());
	RETURN NEW;
END $f$;
CREATE FUNCTION shop.refuse() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
	RAISE EXCEPTION 'nothing may be inserted any more';
END $f$;
CREATE PROCEDURE shop.noop() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE shop.total(int) (sfunc = int4pl, stype = int, initcond = '0');
CREATE FUNCTION shop.text_of(shop.status) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT $1::text$$;

CREATE TABLE shop.customer (
	id bigint GENERATED ALWAYS AS IDENTITY (START 1000) PRIMARY KEY,
	email shop.email NOT NULL UNIQUE,
	name text COLLATE shop.german,
	home shop.address,
	tags hstore,
	best_order bigint,
	changed timestamptz,
	shouted text GENERATED ALWAYS AS (upper(name)) STORED
);
CREATE TABLE shop."order" (
	id bigserial PRIMARY KEY,
	customer bigint NOT NULL REFERENCES shop.customer DEFERRABLE INITIALLY DEFERRED,
	status shop.status NOT NULL DEFAULT 'new',
	total numeric(12,2) CHECK (total >= 0),
	span shop.span,
	EXCLUDE USING gist (span WITH &&) WHERE (span IS NOT NULL)
);
ALTER TABLE shop.customer ADD FOREIGN KEY (best_order) REFERENCES shop."order";
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON shop.customer FOR EACH ROW EXECUTE FUNCTION shop.touch();
INSERT INTO shop.customer (email, name, home, tags)
	SELECT 'user' || n || '@example.org', 'Näme ' || n, ROW('Straße ' || n, '12345')::shop.address, hstore('n', n::text)
	FROM generate_series(1, 3000) n;
INSERT INTO shop."order" (customer, status, total)
	SELECT 1000 + n % 3000, CASE WHEN n % 3 = 0 THEN 'paid' ELSE 'new' END::shop.status, n / 7.0
	FROM generate_series(1, 5000) n;
UPDATE shop.customer SET best_order = id - 999;
SET CONSTRAINTS ALL IMMEDIATE;
CREATE TRIGGER refuse BEFORE INSERT ON shop."order" FOR EACH ROW EXECUTE FUNCTION shop.refuse();
CREATE TRIGGER sleeping BEFORE INSERT ON shop.customer FOR EACH ROW EXECUTE FUNCTION shop.refuse();
ALTER TABLE shop.customer DISABLE TRIGGER sleeping;
CREATE INDEX ON shop.customer USING gin (tags);
CREATE INDEX ON shop."order" (status) INCLUDE (total) WHERE total > 5;
CREATE STATISTICS shop.together ON customer, status FROM shop."order";
CLUSTER shop.customer USING customer_pkey;

CREATE TABLE shop.event (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE shop.event_2025 PARTITION OF shop.event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE shop.event_rest PARTITION OF shop.event DEFAULT;
CREATE INDEX ON shop.event (at);
INSERT INTO shop.event SELECT date '2025-06-01' + n, 'event ' || n FROM generate_series(1, 400) n;
CREATE TABLE shop.animal (name text);
CREATE TABLE shop.dog (barks bool) INHERITS (shop.animal);
INSERT INTO shop.dog VALUES ('Rex', true), ('Ida', false);
INSERT INTO shop.animal VALUES ('Cow');

CREATE TABLE "Größe ""quoted"""."Tab	le; \. DROP" ("co""l" text, "Ünï" bytea, j jsonb);
INSERT INTO "Größe ""quoted"""."Tab	le; \. DROP" VALUES
	(E'\\.', '\x00ff0a0d', '{"a": [1, "\\."]}'), (E'a\nb\tc\\N\r', NULL, 'null'), ('', '', NULL), (NULL, '\x5c2e', '[]');
CREATE TABLE public.empty (id int PRIMARY KEY);
CREATE TABLE public.no_columns ();
INSERT INTO public.no_columns DEFAULT VALUES;
INSERT INTO public.no_columns DEFAULT VALUES;
CREATE TABLE public.types (f float8, m money, i interval, n numeric, x xml, v tsvector, a int[], u uuid, ip inet, b bit varying);
INSERT INTO public.types VALUES
	('NaN', 12.5, '1 year 2 days', 'Infinity', '<a>b</a>', 'fat cat', '{{1,2},{3,NULL}}', gen_random_uuid(), '::1/64', B'0101'),
	(0.1::float8 + 0.2, -1, '-3 hours', 1e-20, NULL, '', '{}', NULL, '10.0.0.1', B'');
CREATE TABLE public.dropped (a int, gone text, b int);
INSERT INTO public.dropped VALUES (1, 'x', 2);
ALTER TABLE public.dropped DROP COLUMN gone;
CREATE UNLOGGED TABLE public.fleeting AS SELECT 1 AS one;

CREATE TABLE public.secret (owner name, body text);
INSERT INTO public.secret VALUES ('postgres', 'a'), ('app_reader', 'b');
ALTER TABLE public.secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.secret FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.secret TO app_reader USING (owner = current_user);
ALTER TABLE public.secret OWNER TO "app owner";
GRANT SELECT ON public.secret TO app_reader;
GRANT UPDATE (name) ON shop.customer TO app_reader WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO app_reader;

CREATE VIEW shop.paid AS SELECT * FROM shop."order" WHERE status = 'paid' WITH CHECK OPTION;
CREATE RULE nothing AS ON DELETE TO shop.paid DO INSTEAD NOTHING;
CREATE MATERIALIZED VIEW shop.per_status AS SELECT status, count(*) AS n FROM shop."order" GROUP BY 1;
CREATE MATERIALIZED VIEW shop.busiest AS SELECT max(n) AS n FROM shop.per_status;
CREATE UNIQUE INDEX ON shop.busiest (n);
CREATE MATERIALIZED VIEW shop.not_yet AS SELECT 1 AS one WITH NO DATA;
CREATE TEXT SEARCH CONFIGURATION shop.words (COPY = simple);
CREATE OPERATOR shop.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
CREATE CAST (shop.status AS text) WITH FUNCTION shop.text_of(shop.status) AS ASSIGNMENT;
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE PUBLICATION few FOR TABLE shop.animal (name) WHERE (name <> 'Cow');
CREATE FOREIGN DATA WRAPPER nobody;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nobody;
CREATE USER MAPPING FOR PUBLIC SERVER nowhere OPTIONS (password 'x');
CREATE SEQUENCE shop.numbers INCREMENT 5 CACHE 3;
SELECT setval('shop.numbers', 700);

SELECT lo_from_bytea(0, decode(repeat('00ff5c2e0a', 30000), 'hex')) FROM generate_series(1, 40);
SELECT lo_from_bytea(4294967290, 'high oid'), lo_create(3000000001);
COMMENT ON LARGE OBJECT 4294967290 IS 'the highest';
ALTER LARGE OBJECT 4294967290 OWNER TO "app owner";
GRANT SELECT ON LARGE OBJECT 4294967290 TO app_reader;

CREATE FUNCTION public.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $f$
BEGIN
	IF tg_tag = 'CREATE TABLE' THEN RAISE EXCEPTION 'no more tables'; END IF;
END $f$;
CREATE EVENT TRIGGER no_tables ON ddl_command_start EXECUTE FUNCTION public.on_ddl();
COMMENT ON EVENT TRIGGER no_tables IS 'guards';
CREATE SUBSCRIPTION elsewhere CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false);
