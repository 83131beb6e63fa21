-- Large objects with owners, privileges and comments; one is empty, one has a hole, one a high number.
SELECT lo_from_bytea(0, decode(repeat('00ff5c2e0a', 3000), 'hex')) FROM generate_series(1, 20);
SELECT lo_from_bytea(4294967290, 'high oid'), lo_create(3000000001), lo_create(200001);
SELECT lo_put(200001, 5000, 'behind a hole');
SELECT lo_from_bytea(200000 + n, convert_to('group ' || n, 'UTF8')) FROM generate_series(10, 14) n;
DO $$ BEGIN FOR n IN 200010..200014 LOOP
	EXECUTE format('ALTER LARGE OBJECT %s OWNER TO "app owner"', n);
	EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO app_reader', n);
END LOOP; END $$;
COMMENT ON LARGE OBJECT 4294967290 IS 'the highest';
COMMENT ON LARGE OBJECT 200011 IS 'one of a group';
ALTER LARGE OBJECT 4294967290 OWNER TO "Rolle ""ä""";
GRANT SELECT, UPDATE ON LARGE OBJECT 4294967290 TO app_reader WITH GRANT OPTION;
GRANT SELECT ON LARGE OBJECT 3000000001 TO PUBLIC;
