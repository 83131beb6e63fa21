-- Loaded last: from here on nobody may create a table.
CREATE FUNCTION public.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $f$
BEGIN
	RAISE EXCEPTION 'no more changes: %', tg_tag;
END $f$;
CREATE EVENT TRIGGER "no ""tables""" ON ddl_command_start WHEN tag IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE INDEX')
	EXECUTE FUNCTION public.on_ddl();
CREATE EVENT TRIGGER asleep ON sql_drop EXECUTE FUNCTION public.on_ddl();
ALTER EVENT TRIGGER asleep DISABLE;
CREATE EVENT TRIGGER on_replica ON ddl_command_end EXECUTE FUNCTION public.on_ddl();
ALTER EVENT TRIGGER on_replica ENABLE REPLICA;
COMMENT ON EVENT TRIGGER "no ""tables""" IS 'guards';
ALTER EVENT TRIGGER on_replica OWNER TO "a superuser";
