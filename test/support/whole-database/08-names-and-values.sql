-- Names that need quoting, and values that COPY text has to escape.
CREATE SCHEMA "Größe ""quoted"" . it's \ $$";
CREATE TABLE "Größe ""quoted"" . it's \ $$"."Tab	le; \. DROP -- /*
second line" ("co""l.umn" text, "Ünï 😀" bytea, "select" jsonb, "new
line" int DEFAULT 3, " " int, CONSTRAINT "check; ""me""" CHECK (" " <> 5));
INSERT INTO "Größe ""quoted"" . it's \ $$"."Tab	le; \. DROP -- /*
second line" VALUES
	(E'\\.', '\x00ff0a0d5c', '{"a": [1, "\\."]}', 1, 1), (E'a\nb\tc\\N\r\b\f\v', NULL, 'null', NULL, NULL),
	('', '', NULL, 0, 0), (NULL, '\x5c2e', '[]', -1, 2), (E'\\N', '\x', '"\\u0000x"', 5, 6), (E'\\.\n\\.', NULL, '""', 7, 8);
CREATE TABLE public."order" ("user" int PRIMARY KEY, "table" text, "from" text UNIQUE);
INSERT INTO public."order" VALUES (1, 'select', 'where');
CREATE TABLE public."a.b" ("c.d" int);
INSERT INTO public."a.b" VALUES (1);
CREATE SCHEMA "a";
CREATE TABLE a.b ("c.d" text);
INSERT INTO a.b VALUES ('not the same');
CREATE TYPE public."Mood; ""x""" AS ENUM ('a.b', E'new\nline', '"', E'\\');
CREATE FUNCTION public."f; (x)"("in" public."Mood; ""x""") RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE SEQUENCE public."seq ""1"".x";
SELECT setval('public."seq ""1"".x"', 7);
CREATE TABLE public."MixedSerial" ("Id" serial, v "Mood; ""x""" DEFAULT E'new\nline');
INSERT INTO public."MixedSerial" (v) VALUES (E'\\'), (DEFAULT);
CREATE INDEX "in""dex; -- x" ON public."MixedSerial" ("Id");
CREATE TABLE public.abcdefghijklmnopqrstuvwxyzäabcdefghijklmnopqrstuvwxyzäbcdefg (id serial PRIMARY KEY);
INSERT INTO public.abcdefghijklmnopqrstuvwxyzäabcdefghijklmnopqrstuvwxyzäbcdefg DEFAULT VALUES;

CREATE TABLE public.types (
	f8 float8, f4 float4, n numeric, m money, d date, t timestamp, tz timestamptz, i interval, ti time, tt timetz,
	x xml, v tsvector, q tsquery, a int[], aa text[][], u uuid, ip inet, net cidr, mac macaddr8, b bit varying, b3 bit(3),
	bool bool, c "char", ch char(3), j json, jb jsonb, p path, poly polygon, l line, r int4range, tr tstzrange, o oid, rc regclass, lsn pg_lsn, s int2, big int8, na name
);
INSERT INTO public.types (f8, f4, n, m, d, t, tz, i) VALUES
	('NaN', 'NaN', 'NaN', 12.5, 'infinity', '-infinity', 'infinity', '1 year 2 days -3 hours'),
	('Infinity', '-Infinity', 1e-300, -1, '4714-11-24 BC', '294276-12-31 23:59:59.999999', '4714-11-24 00:00+00 BC', '-178000000 years'),
	(0.1::float8 + 0.2, 1e-45, 1e1000 + 1e-1000, 92233720368547758.07, '5874897-12-31', '2026-02-28', '2026-06-01 12:00+05:30', '0'),
	(1.7976931348623157e308, 3.4028235e38, repeat('9', 4000)::numeric, 0, NULL, NULL, NULL, NULL),
	(5e-324, -0.0, -0.00, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.types (ti, tt, x, v, q, a, aa, u, ip, net, mac, b, b3, bool, c, ch, j, jb, p, poly, l, r, tr, o, rc, lsn, s, big, na) VALUES
	('24:00', '23:59:59.999999-15:59', '<a>b &amp; "c"</a>', 'fat:1A cat:2,3 ''it''''s''', 'a & !b:* <-> c', '[0:1][2:3]={{1,2},{3,NULL}}',
		'{{"a,b","\"q\""},{NULL,"NULL"}}', '00000000-0000-0000-0000-000000000000', '::1/64', '10.0.0.0/8', '08:00:2b:01:02:03:04:05', B'0101', B'111',
		true, 'x', 'ab', '{"dup": 1, "dup": 2, "k":  "spaced"}', '{"n": 1e500, "u": "\u00e4\\"}', '[(0,0),(1,1)]', '((0,0),(1,1),(2,0))', '{1,2,3}',
		'[1,10)', '["2026-01-01 00:00+00",)', 4294967295, 'pg_class', 'FFFFFFFF/FFFFFFFF', -32768, -9223372036854775808, 'name'),
	(NULL, NULL, 'text only', '', '', '{}', '{}', NULL, '10.0.0.1', '::/0', NULL, B'', NULL, false, '', '', 'null', 'null',
		NULL, NULL, NULL, 'empty', '(,)', 0, '-', '0/0', 32767, 9223372036854775807, '');
CREATE TABLE public.large_values (id int, t text, b bytea);
INSERT INTO public.large_values VALUES (1, repeat(E'ü\t\\\n', 100000), decode(repeat('00ff5c0a', 50000), 'hex')), (2, repeat('x', 200000), NULL);
