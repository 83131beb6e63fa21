-- Indexes of every kind, and extended statistics.
CREATE SCHEMA indexes;
CREATE TABLE indexes.subject (
	id int NOT NULL, name text NOT NULL, tags hstore, doc jsonb, at timestamptz, place point, ip inet, words tsvector, list int[], b box
) WITH (fillfactor = 90);
INSERT INTO indexes.subject
	SELECT n, 'Näme ' || n, hstore('n', n::text), jsonb_build_object('n', n, 'odd', n % 2 = 1),
		'2026-01-01'::timestamptz + n * interval '1 hour', point(n, -n), ('10.0.0.' || n % 256)::inet,
		to_tsvector('simple', 'word' || n), ARRAY[n, n + 1], box(point(n, n), point(0, 0))
	FROM generate_series(1, 400) n;
ALTER TABLE indexes.subject ADD CONSTRAINT by_id PRIMARY KEY (id) INCLUDE (name) WITH (fillfactor = 80);
CREATE UNIQUE INDEX "by name; unique" ON indexes.subject (lower(name) text_pattern_ops DESC NULLS LAST, id);
CREATE INDEX by_collation ON indexes.subject (name COLLATE types.german);
CREATE INDEX by_expression ON indexes.subject ((doc ->> 'it''s'), (id % 7)) WHERE doc ->> 'odd' = 'true' AND id > 3;
ALTER INDEX indexes.by_expression ALTER COLUMN 1 SET STATISTICS 300;
CREATE INDEX by_hash ON indexes.subject USING hash (name);
CREATE INDEX by_gin ON indexes.subject USING gin (tags, list) WITH (fastupdate = off);
CREATE INDEX by_gin_path ON indexes.subject USING gin (doc jsonb_path_ops);
CREATE INDEX by_trigram ON indexes.subject USING gin (name gin_trgm_ops);
CREATE INDEX by_words ON indexes.subject USING gin (words);
CREATE INDEX by_gist ON indexes.subject USING gist (place, b) WITH (buffering = auto);
CREATE INDEX by_trigram_options ON indexes.subject USING gist (name gist_trgm_ops (siglen = 32));
CREATE INDEX by_spgist ON indexes.subject USING spgist (place);
CREATE INDEX by_spgist_inet ON indexes.subject USING spgist (ip);
CREATE INDEX by_brin ON indexes.subject USING brin (at, id) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX by_own_class ON indexes.subject (id routines.int_reversed);
CLUSTER indexes.subject USING by_id;
CREATE UNIQUE INDEX for_constraint ON indexes.subject (id, at);
ALTER TABLE indexes.subject ADD CONSTRAINT from_index UNIQUE USING INDEX for_constraint DEFERRABLE;
CREATE STATISTICS indexes.together (dependencies, ndistinct, mcv) ON id, name FROM indexes.subject;
CREATE STATISTICS indexes.some (ndistinct) ON id, at FROM indexes.subject;
ALTER STATISTICS indexes.some SET STATISTICS 77;
ALTER STATISTICS indexes.some OWNER TO "app owner";

-- One that is complete, one that has some of its partitions' indexes only, and one that is ONLY itself.
CREATE INDEX by_day ON tables.event (at) INCLUDE (what);
CREATE INDEX "attached later" ON tables.event_rest (n);
CREATE INDEX by_number ON ONLY tables.event (n);
ALTER INDEX tables.by_number ATTACH PARTITION tables."attached later";
CREATE UNIQUE INDEX ON tables.event_2025_a (at, what, n);
