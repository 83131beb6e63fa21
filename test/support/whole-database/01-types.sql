-- Types of every kind, and the extensions that bring some.
CREATE EXTENSION citext;
CREATE EXTENSION hstore WITH SCHEMA public;
CREATE EXTENSION pgcrypto;
CREATE EXTENSION btree_gist;
CREATE EXTENSION pg_trgm;
CREATE SCHEMA extensions;
CREATE EXTENSION "uuid-ossp" SCHEMA extensions;
COMMENT ON EXTENSION hstore IS 'a comment of the site''s own';

CREATE SCHEMA types AUTHORIZATION "app owner";
CREATE TYPE types.status AS ENUM ('new', 'between', 'paid', 'it''s "late"', '');
ALTER TYPE types.status ADD VALUE 'added' BEFORE 'paid';
CREATE TYPE types.nothing AS ENUM ();
CREATE TYPE types.address AS (street text, zip char(6), "No." int);
CREATE TYPE types.person AS (name text COLLATE "C", home types.address, tags text[]);
CREATE DOMAIN types.email AS citext CHECK (VALUE ~ '@') DEFAULT 'nobody@example.org';
CREATE DOMAIN types.positive AS numeric(12,3) NOT NULL CONSTRAINT "more than nothing" CHECK (VALUE > 0);
CREATE DOMAIN types.even AS types.positive CHECK (VALUE % 2 = 0);
ALTER DOMAIN types.even ADD CONSTRAINT unchecked CHECK (VALUE < 1000) NOT VALID;
CREATE DOMAIN types.persons AS types.person[] CHECK (array_length(VALUE, 1) < 10);
CREATE COLLATION types.german (provider = icu, locale = 'de');
CREATE COLLATION types.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE COLLATION types.bytes FROM "C";

CREATE FUNCTION types.distance(float8, float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2';
CREATE TYPE types.span AS RANGE (subtype = float8, subtype_diff = types.distance);
CREATE TYPE types.words AS RANGE (subtype = text, collation = "C");

-- A base type of its own, which starts as a shell, with the functions of a built-in one.
CREATE TYPE types.point3;
CREATE FUNCTION types.point3_in(cstring) RETURNS types.point3 LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION types.point3_out(types.point3) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE types.point3 (
	INPUT = types.point3_in, OUTPUT = types.point3_out, LIKE = text,
	CATEGORY = 'U', DELIMITER = ';', DEFAULT = '0 0 0', COLLATABLE = true
);
CREATE TYPE types.shell;

CREATE TABLE types.of_composite OF types.person (name NOT NULL, CONSTRAINT short CHECK (length(name) < 40));
INSERT INTO types.of_composite VALUES
	('Ann', ROW ('Street "1", (a)', '12345', NULL), '{a,NULL,"b,c"}'),
	('Bob', NULL, NULL), ('Cleo', ROW (NULL, NULL, NULL), '{}');
CREATE TABLE types.everything (
	status types.status DEFAULT 'between', statuses types.status[], home types.address,
	email types.email, amount types.positive, even types.even, persons types.persons,
	german text COLLATE types.german, caseless text COLLATE types.any_case,
	span types.span, spans types.span[], words types.words, point3 types.point3, points types.point3[]
);
INSERT INTO types.everything VALUES
	('', '{new,paid,"it''s \"late\"",NULL,""}', ROW ('Größe', '1', 2), 'A@b', 0.001, 4,
		ARRAY[ROW ('x', ROW ('y', 'z', 1), '{q}')::types.person], 'ähnlich', 'ÄHNLICH',
		'[1,2)', '{"[0,1]",empty,"(,5)"}', '[a,b\,c)', '1 2 3', '{"1 2 3";"4 5 6"}'),
	(DEFAULT, NULL, NULL, NULL, 1, 2, NULL, NULL, NULL, 'empty', NULL, '(,)', DEFAULT, NULL);
