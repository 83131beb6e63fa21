-- Views upon views, one that needs what comes after it, and materialized views upon materialized views.
CREATE SCHEMA views;
CREATE VIEW views.paid WITH (security_barrier) AS SELECT * FROM tables."order" WHERE status = 'paid' WITH LOCAL CHECK OPTION;
CREATE VIEW views.paid_much AS SELECT id, total AS "To""tal" FROM views.paid WHERE total > 20 WITH CASCADED CHECK OPTION;
ALTER VIEW views.paid_much ALTER COLUMN "To""tal" SET DEFAULT 5;
CREATE RECURSIVE VIEW views.upwards (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM upwards WHERE n < 5;
-- Rows are grouped by the primary key alone, which exists only after the data.
CREATE VIEW views.by_key AS SELECT c.id, c.name, count(o.id) FROM tables.customer c LEFT JOIN tables."order" o ON o.customer = c.id GROUP BY c.id;
CREATE VIEW views.over_by_key AS SELECT * FROM views.by_key;
CREATE FUNCTION views.of_view(views.by_key) RETURNS text LANGUAGE sql STABLE AS 'SELECT ($1).name';
CREATE VIEW views.circular AS SELECT 1 AS a;
CREATE FUNCTION views.reads_circular() RETURNS SETOF views.circular LANGUAGE sql AS 'SELECT 1';
CREATE OR REPLACE VIEW views.circular AS SELECT a FROM views.reads_circular();
CREATE VIEW views.no_columns AS SELECT;
CREATE MATERIALIZED VIEW views.z_first WITH (fillfactor = 50) AS SELECT status, count(*) AS n FROM tables."order" GROUP BY 1;
CREATE UNIQUE INDEX first_status ON views.z_first (status);
CREATE MATERIALIZED VIEW views.a_second AS SELECT max(n) AS n FROM views.z_first;
CREATE MATERIALIZED VIEW views.m_third AS SELECT s.n, k.count FROM views.a_second s, views.by_key k;
CREATE INDEX ON views.m_third USING brin (n);
CREATE MATERIALIZED VIEW views.not_yet AS SELECT n FROM views.a_second WITH NO DATA;
CREATE UNIQUE INDEX ON views.not_yet (n);
ALTER MATERIALIZED VIEW views.a_second OWNER TO "app owner";
