-- Names, owners and grants of all that is not the server's own.
SELECT 'relation' AS kind, c.oid::regclass::text AS name, pg_get_userbyid(relowner) AS owner,
	(SELECT array_agg(a::text ORDER BY a::text) FROM unnest(relacl) a)::text AS grants
	FROM pg_class c WHERE c.oid >= 16384 AND relnamespace::regnamespace::text !~ '^pg_'
UNION ALL SELECT 'routine', oid::regprocedure::text, pg_get_userbyid(proowner), proacl::text
	FROM pg_proc WHERE oid >= 16384
UNION ALL SELECT 'type', oid::regtype::text, pg_get_userbyid(typowner), typacl::text
	FROM pg_type WHERE oid >= 16384 AND typnamespace::regnamespace::text !~ '^pg_'
UNION ALL SELECT 'schema', nspname, pg_get_userbyid(nspowner),
	(SELECT array_agg(a::text ORDER BY a::text) FROM unnest(nspacl) a)::text
	FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)'
UNION ALL SELECT 'extension', extname, pg_get_userbyid(extowner), NULL FROM pg_extension
UNION ALL SELECT 'publication', pubname, pg_get_userbyid(pubowner), puballtables::text FROM pg_publication
UNION ALL SELECT 'event trigger', evtname, pg_get_userbyid(evtowner), NULL FROM pg_event_trigger
UNION ALL SELECT 'server', srvname, pg_get_userbyid(srvowner), srvacl::text FROM pg_foreign_server
UNION ALL SELECT 'cast', castsource::regtype || ' ' || casttarget::regtype, NULL, castmethod::text
	FROM pg_cast WHERE oid >= 16384
UNION ALL SELECT 'policy', polname, polrelid::regclass::text, polroles::regrole[]::text FROM pg_policy
UNION ALL SELECT 'operator', oid::regoperator::text, pg_get_userbyid(oprowner), NULL
	FROM pg_operator WHERE oid >= 16384
UNION ALL SELECT 'operator family', opfname, pg_get_userbyid(opfowner), NULL
	FROM pg_opfamily WHERE oid >= 16384
UNION ALL SELECT 'text search', cfgname, pg_get_userbyid(cfgowner), NULL
	FROM pg_ts_config WHERE oid >= 16384
UNION ALL SELECT 'statistics', stxname, pg_get_userbyid(stxowner), NULL FROM pg_statistic_ext
UNION ALL SELECT 'default grants', defaclobjtype::text || pg_get_userbyid(defaclrole), NULL, defaclacl::text
	FROM pg_default_acl
UNION ALL SELECT 'large object', oid::text, pg_get_userbyid(lomowner), lomacl::text
	FROM pg_largeobject_metadata
ORDER BY 1, 2
