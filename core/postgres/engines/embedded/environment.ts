import type { DumpJob } from '../engine';

/** What pg_dump takes for its server: the bridge, which is neither TLS nor a name to look up. */
export const BRIDGE_HOST = '127.0.0.1';

/**
 * libpq's environment for `job`. Everything is given here and not as options, since libpq takes
 * these texts as they are, whereas a database name among the options may be a connection string.
 */
export function environmentFor({ server, database }: DumpJob): Record<string, string> {
	return {
		PGHOST: BRIDGE_HOST,
		PGPORT: String(server.port),
		PGUSER: server.user,
		PGPASSWORD: server.password,
		PGDATABASE: database,
		PGAPPNAME: 'n8n-dr-pgdump',
		PGSSLMODE: 'disable',
		PGGSSENCMODE: 'disable',
		// The wasm brings a password file of its own, which an empty password would bring into play.
		PGPASSFILE: '/nonexistent',
		LC_ALL: 'C',
	};
}
