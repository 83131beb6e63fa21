-- Triggers of every kind and state, and rules. Each would stop a restore that fires it.
CREATE SCHEMA triggers;
CREATE FUNCTION triggers.refuse() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
	RAISE EXCEPTION 'nothing may be changed here: % %', tg_name, tg_argv;
END $f$;
CREATE TABLE triggers.watched (id int PRIMARY KEY, v text);
INSERT INTO triggers.watched SELECT n, 'v' || n FROM generate_series(1, 20) n;
CREATE TRIGGER always BEFORE INSERT ON triggers.watched FOR EACH ROW EXECUTE FUNCTION triggers.refuse('a', 'it''s', E'back\\slash');
CREATE TRIGGER "on replica" AFTER DELETE ON triggers.watched FOR EACH ROW EXECUTE FUNCTION triggers.refuse();
CREATE TRIGGER disabled BEFORE UPDATE OF v ON triggers.watched FOR EACH ROW
	WHEN (old.v IS DISTINCT FROM new.v) EXECUTE FUNCTION triggers.refuse();
CREATE TRIGGER plain BEFORE TRUNCATE ON triggers.watched FOR EACH STATEMENT EXECUTE FUNCTION triggers.refuse();
CREATE TRIGGER transitions AFTER UPDATE ON triggers.watched REFERENCING OLD TABLE AS o NEW TABLE AS n
	FOR EACH STATEMENT EXECUTE FUNCTION triggers.refuse();
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON triggers.watched DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION triggers.refuse();
ALTER TABLE triggers.watched ENABLE ALWAYS TRIGGER always;
ALTER TABLE triggers.watched ENABLE REPLICA TRIGGER "on replica";
ALTER TABLE triggers.watched DISABLE TRIGGER disabled;
CREATE TRIGGER on_partitions AFTER INSERT ON tables.event FOR EACH ROW EXECUTE FUNCTION triggers.refuse();
ALTER TABLE tables.event_rest DISABLE TRIGGER on_partitions;

CREATE TABLE triggers.ruled (id int, v text);
INSERT INTO triggers.ruled VALUES (1, 'one');
CREATE RULE "do nothing" AS ON INSERT TO triggers.ruled DO INSTEAD NOTHING;
CREATE RULE also AS ON DELETE TO triggers.ruled DO ALSO (
	UPDATE triggers.watched SET v = 'it''s' WHERE id = old.id;
	NOTIFY something
);
CREATE RULE asleep AS ON UPDATE TO triggers.ruled DO INSTEAD NOTHING;
ALTER TABLE triggers.ruled DISABLE RULE asleep;
ALTER TABLE triggers.ruled ENABLE ALWAYS RULE also;
CREATE VIEW triggers.changeable AS SELECT id, v FROM triggers.ruled;
CREATE TRIGGER instead INSTEAD OF UPDATE ON triggers.changeable FOR EACH ROW EXECUTE FUNCTION triggers.refuse();
CREATE RULE to_table AS ON INSERT TO triggers.changeable DO INSTEAD INSERT INTO triggers.watched VALUES (new.id, new.v) RETURNING id, v;
