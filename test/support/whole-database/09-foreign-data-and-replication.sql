-- Foreign data, publications, and a subscription that was at work.
CREATE EXTENSION postgres_fdw;
CREATE FOREIGN DATA WRAPPER nobody OPTIONS (a 'it''s');
CREATE FOREIGN DATA WRAPPER "With Handler" HANDLER postgres_fdw_handler VALIDATOR postgres_fdw_validator;
CREATE SERVER nowhere TYPE 't' VERSION '1' FOREIGN DATA WRAPPER nobody OPTIONS (host 'n o', "Qu ote" 'x');
CREATE SERVER "Remote ""1""" FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', dbname 'none');
CREATE USER MAPPING FOR PUBLIC SERVER nowhere OPTIONS (password 'it''s', "user" 'x');
CREATE USER MAPPING FOR "app owner" SERVER "Remote ""1""" OPTIONS (user 'u', password 'p');
CREATE USER MAPPING FOR app_reader SERVER "Remote ""1""";
CREATE SCHEMA foreign_data;
CREATE FOREIGN TABLE foreign_data.remote (
	id int OPTIONS (column_name 'Id') NOT NULL, v text COLLATE "C" DEFAULT 'x', CONSTRAINT checked CHECK (id > 0)
) SERVER "Remote ""1""" OPTIONS (schema_name 'public', table_name 'it''s');
CREATE FOREIGN TABLE foreign_data.inherits () INHERITS (tables.animal) SERVER nowhere;
CREATE TABLE foreign_data.part (k int, v text) PARTITION BY LIST (k);
CREATE TABLE foreign_data.part_local PARTITION OF foreign_data.part FOR VALUES IN (1);
CREATE FOREIGN TABLE foreign_data.part_remote PARTITION OF foreign_data.part FOR VALUES IN (2) SERVER "Remote ""1""";
INSERT INTO foreign_data.part_local VALUES (1, 'here');
ALTER FOREIGN DATA WRAPPER nobody OWNER TO "a superuser";
ALTER SERVER nowhere OWNER TO "app owner";
ALTER FOREIGN TABLE foreign_data.remote OWNER TO "app owner";
GRANT USAGE ON FOREIGN DATA WRAPPER nobody TO "app owner" WITH GRANT OPTION;
GRANT USAGE ON FOREIGN SERVER "Remote ""1""" TO app_reader;
GRANT SELECT ON foreign_data.remote TO app_reader;

CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert, update');
CREATE PUBLICATION "few ""q""" FOR TABLE ONLY tables.animal, tables.customer, tables.event WITH (publish_via_partition_root = true);
CREATE PUBLICATION nothing;
ALTER PUBLICATION nothing OWNER TO "a superuser";
CREATE SUBSCRIPTION elsewhere CONNECTION 'host=127.0.0.1 port=1 password=secret' PUBLICATION p WITH (connect = false, slot_name = elsewhere_slot);
ALTER SUBSCRIPTION elsewhere ENABLE;
COMMENT ON SUBSCRIPTION elsewhere IS 'was at work';
