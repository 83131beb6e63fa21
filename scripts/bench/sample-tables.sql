-- About $MB megabytes of tables and indexes, the same at each run: the shapes that a web
-- application's database has. Every table is numbered from 1 in steps of 1.

CREATE TABLE access_log (
	id bigint PRIMARY KEY,
	at timestamptz NOT NULL,
	line text NOT NULL
);
INSERT INTO access_log
SELECT i, timestamptz '2026-01-01 00:00:00+00' + i * interval '17 seconds',
	format('%s /api/v1/bookings/%s?include=customer,items HTTP/1.1 %s %s "Mozilla/5.0 (X11; Linux x86_64)"',
		(ARRAY['GET', 'GET', 'GET', 'POST', 'PATCH'])[1 + i % 5], i % 9000,
		(ARRAY[200, 200, 200, 201, 404])[1 + i % 5], 100 + i % 4000)
FROM generate_series(1, $MB * 1700) i;

CREATE TABLE message (
	id bigint PRIMARY KEY,
	author integer NOT NULL,
	body text NOT NULL
);
INSERT INTO message
SELECT i, i % 500, md5('a' || i) || ' ' || md5('b' || i) || E'\n' || md5('c' || i) || E'\t' || md5('d' || i)
FROM generate_series(1, $MB * 800) i;
CREATE INDEX message_author ON message (author);

CREATE TABLE document (
	id bigint PRIMARY KEY,
	content jsonb NOT NULL
);
INSERT INTO document
SELECT i, jsonb_build_object('type', (ARRAY['invoice', 'quote', 'order'])[1 + i % 3],
	'customer', jsonb_build_object('name', 'Customer ' || i % 3000, 'email', md5(i::text) || '@example.com'),
	'lines', jsonb_build_array(
		jsonb_build_object('article', i % 700, 'quantity', i % 9, 'price', (i % 10000) / 100.0),
		jsonb_build_object('article', i % 300, 'quantity', i % 4, 'price', (i % 3000) / 100.0)),
	'paid', i % 4 = 0)
FROM generate_series(1, $MB * 600) i;

CREATE TABLE reading (
	id bigint PRIMARY KEY,
	sensor integer NOT NULL,
	value double precision NOT NULL,
	total numeric(12, 2) NOT NULL,
	taken_at timestamptz NOT NULL,
	valid boolean
);
INSERT INTO reading
SELECT i, i % 64, sin(i) * 1000, (i * 7919::bigint % 10000000) / 100.0,
	timestamptz '2026-01-01 00:00:00+00' + i * interval '3 seconds', nullif(i % 7, 0) > 2
FROM generate_series(1, $MB * 2000) i;

CREATE TABLE attachment (
	id bigint PRIMARY KEY,
	name text NOT NULL,
	content bytea NOT NULL
);
INSERT INTO attachment
SELECT i, 'scan-' || i || '.jpg', (
	SELECT string_agg(sha512(convert_to(i || '-' || k, 'UTF8')), ''::bytea)
	FROM generate_series(1, 16) k)
FROM generate_series(1, $MB * 110) i;

VACUUM (FREEZE, ANALYZE);
