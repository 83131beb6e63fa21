-- What came with Postgres 18: virtual columns, keys without overlaps, constraints that are not enforced.
CREATE TABLE tables.computed (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL, c int GENERATED ALWAYS AS (a * 3) STORED, d int GENERATED ALWAYS AS (a + 1));
INSERT INTO tables.computed (a) VALUES (1), (NULL), (3);
CREATE TABLE tables.booking (room int, at daterange, PRIMARY KEY (room, at WITHOUT OVERLAPS));
CREATE TABLE tables.stay (room int, at daterange, FOREIGN KEY (room, PERIOD at) REFERENCES tables.booking (room, PERIOD at));
INSERT INTO tables.booking VALUES (1, '[2026-01-01,2026-01-05)'), (1, '[2026-01-05,2026-02-01)');
INSERT INTO tables.stay VALUES (1, '[2026-01-02,2026-01-20)');
CREATE TABLE tables.lax (a int CONSTRAINT must NOT NULL NO INHERIT, b int, c int REFERENCES tables.egg NOT ENFORCED, CONSTRAINT may CHECK (b > 0) NOT ENFORCED);
INSERT INTO tables.lax VALUES (1, -1, 99), (2, NULL, 1);
ALTER TABLE tables.lax ADD CONSTRAINT later_not_null NOT NULL b NOT VALID;
COMMENT ON CONSTRAINT later_not_null ON tables.lax IS 'c';
CREATE PUBLICATION computed FOR TABLE tables.computed WITH (publish_generated_columns = stored);
ALTER TABLE tables.hashed ADD CONSTRAINT unenforced FOREIGN KEY (id) REFERENCES tables.egg NOT ENFORCED;
CREATE COLLATION types.unicode (provider = builtin, locale = 'PG_UNICODE_FAST');
CREATE FOREIGN TABLE foreign_data.like_local (LIKE tables.lax INCLUDING ALL) SERVER nowhere;
