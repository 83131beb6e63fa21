-- Everything that runs: functions, procedures, aggregates, operators, casts, languages, conversions.
CREATE SCHEMA routines;
CREATE FUNCTION routines.defaults(a int, b text DEFAULT 'it''s; $$ "quoted"', VARIADIC c numeric[] DEFAULT '{}')
	RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $body$SELECT $2 || $1::text || '$$'$body$;
CREATE FUNCTION routines.table_of(n int, OUT a int, OUT "B c" text) RETURNS SETOF record LANGUAGE sql ROWS 7 COST 3
	AS 'SELECT i, i::text FROM generate_series(1, n) i';
CREATE FUNCTION routines.returns_table(n int) RETURNS TABLE (x int, y types.status) LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, "$user" SET work_mem = '1MB'
	AS $$ BEGIN RETURN QUERY SELECT 1, 'new'::types.status; END $$;
CREATE FUNCTION routines.overloaded(int) RETURNS int LANGUAGE sql IMMUTABLE STRICT LEAKPROOF AS 'SELECT $1';
CREATE FUNCTION routines.overloaded(text) RETURNS text LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT AS 'SELECT $1';
CREATE FUNCTION routines.overloaded(types.status, types.address[]) RETURNS types.status LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION routines.polymorphic(anyelement, anyarray) RETURNS anyelement LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION routines."Names, with (parens) and ""quotes"""() RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION routines.uses_missing() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION routines.backslash() RETURNS text LANGUAGE sql AS E'SELECT E\'\\\\ \\n\'::text -- it''s';
CREATE PROCEDURE routines.noop(INOUT a int, b text DEFAULT NULL) LANGUAGE plpgsql AS $$ BEGIN a := a + 1; COMMIT; END $$;
CREATE PROCEDURE routines.noop() LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION routines.windowed() RETURNS int8 LANGUAGE internal WINDOW AS 'window_row_number';
CREATE FUNCTION routines.support_for(int) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'int4up';

CREATE AGGREGATE routines.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl, PARALLEL = SAFE,
	MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = int, MINITCOND = '5');
CREATE AGGREGATE routines.smallest(int) (SFUNC = int4smaller, STYPE = int, SORTOP = <);
CREATE AGGREGATE routines.percentile(float8 ORDER BY anyelement) (
	SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA, FINALFUNC_MODIFY = READ_WRITE);
CREATE AGGREGATE routines.hypothetical(VARIADIC "any" ORDER BY VARIADIC "any") (
	SFUNC = ordered_set_transition_multi, STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);

CREATE OPERATOR routines.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq, COMMUTATOR = OPERATOR(routines.===),
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR routines.!== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4ne, NEGATOR = OPERATOR(routines.===));
CREATE OPERATOR routines.@#@ (RIGHTARG = int, FUNCTION = routines.support_for);
CREATE OPERATOR FAMILY routines.reversed USING btree;
CREATE OPERATOR CLASS routines.int_reversed FOR TYPE int USING btree FAMILY routines.reversed AS
	OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(int, int);
ALTER OPERATOR FAMILY routines.reversed USING btree ADD FUNCTION 1 (int4, int8) btint48cmp(int4, int8);
CREATE OPERATOR CLASS routines.by_default DEFAULT FOR TYPE types.status USING hash AS OPERATOR 1 = (anyenum, anyenum), FUNCTION 1 hashenum(anyenum);
CREATE OPERATOR FAMILY routines.empty USING gist;

CREATE FUNCTION routines.text_of(types.status) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'x'::text$$;
CREATE CAST (types.status AS text) WITH FUNCTION routines.text_of(types.status) AS ASSIGNMENT;
CREATE CAST (types.address AS text) WITH INOUT AS IMPLICIT;
CREATE CAST (types.point3 AS bytea) WITHOUT FUNCTION;

CREATE FUNCTION routines.call_handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION routines.inline_handler(internal) RETURNS void LANGUAGE c STRICT AS '$libdir/plpgsql', 'plpgsql_inline_handler';
CREATE FUNCTION routines.validator(oid) RETURNS void LANGUAGE c STRICT AS '$libdir/plpgsql', 'plpgsql_validator';
CREATE LANGUAGE pl_own HANDLER routines.call_handler INLINE routines.inline_handler VALIDATOR routines.validator;
CREATE TRUSTED LANGUAGE "Pl Trusted" HANDLER routines.call_handler;
ALTER LANGUAGE "Pl Trusted" OWNER TO "app owner";
CREATE FUNCTION routines.in_own_language() RETURNS int LANGUAGE pl_own AS 'BEGIN RETURN 1; END';
CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
CREATE FUNCTION routines.transformed(int) RETURNS int LANGUAGE sql TRANSFORM FOR TYPE int AS 'SELECT $1';
CREATE CONVERSION routines."Latin ""own""" FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
ALTER CONVERSION routines."Latin ""own""" OWNER TO "app owner";
CREATE ACCESS METHOD heap_again TYPE TABLE HANDLER heap_tableam_handler;
CREATE ACCESS METHOD btree_again TYPE INDEX HANDLER bthandler;
CREATE OPERATOR CLASS public.int4_again_ops FOR TYPE int USING btree_again AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
CREATE TABLE routines.kept_by_method (a int) USING heap_again;
INSERT INTO routines.kept_by_method VALUES (1), (2);
CREATE TABLE routines.kept_as_usual (a int);
CREATE MATERIALIZED VIEW routines.viewed_by_method USING heap_again AS SELECT a FROM routines.kept_by_method;

CREATE TEXT SEARCH PARSER routines.parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
CREATE TEXT SEARCH TEMPLATE routines.template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY routines.dictionary (TEMPLATE = routines.template, accept = 'false');
CREATE TEXT SEARCH DICTIONARY routines.snowball (TEMPLATE = snowball, language = 'german', stopwords = 'german');
CREATE TEXT SEARCH CONFIGURATION routines.configuration (PARSER = routines.parser);
ALTER TEXT SEARCH CONFIGURATION routines.configuration ADD MAPPING FOR asciiword, word WITH routines.snowball, simple;
CREATE TEXT SEARCH CONFIGURATION routines.copied (COPY = english);
ALTER TEXT SEARCH DICTIONARY routines.dictionary OWNER TO "app owner";
ALTER TEXT SEARCH CONFIGURATION routines.configuration OWNER TO "app owner";
ALTER OPERATOR routines.=== (int, int) OWNER TO "app owner";
ALTER OPERATOR CLASS routines.int_reversed USING btree OWNER TO "app owner";
ALTER OPERATOR FAMILY routines.reversed USING btree OWNER TO "app owner";
ALTER AGGREGATE routines.percentile(float8 ORDER BY anyelement) OWNER TO "app owner";
ALTER PROCEDURE routines.noop(int, text) OWNER TO "app owner";
ALTER FUNCTION routines.overloaded(types.status, types.address[]) OWNER TO "app owner";
