import type { PostgresServer } from '../../core/postgres/connection';
import { required, wholeNumber } from '../arguments';
import type { Surroundings } from '../command';
import { type ServerValues, tlsOf, tlsUsage } from './options';

const PORT = 5432;
const PORTS = { from: 1, to: 65_535 };
/** There in every cluster; what is restored gets its name from elsewhere. */
const ANY_DATABASE = 'postgres';

export const postgresUsage = `  The server; PGHOST, PGPORT and PGUSER are heeded
  --host <name>         localhost by default
  --port <number>       ${PORT} by default
  --user <name>         may create databases, and owns the one that is replaced
  PGPASSWORD            environment variable; you are asked for it otherwise
${tlsUsage}`;

/** What is known of a server without its password. */
export type PostgresAddress = Omit<PostgresServer, 'password'>;

/** Rejects with `UsageError`. */
export async function postgresAddress(
	values: ServerValues,
	{ env }: Pick<Surroundings, 'env'>,
): Promise<PostgresAddress> {
	const host = values.host ?? (env.PGHOST || 'localhost');
	return {
		host,
		port: wholeNumber(values.port ?? (env.PGPORT || undefined), 'port', PORTS) ?? PORT,
		user: required(values.user ?? env.PGUSER, 'user', 'mrdj_user'),
		database: ANY_DATABASE,
		tls: await tlsOf(host, values),
	};
}

/** The same with the password; nobody needs one where the server trusts this machine. */
export async function withPassword(
	address: PostgresAddress,
	{ env, terminal }: Pick<Surroundings, 'env' | 'terminal'>,
): Promise<PostgresServer> {
	const { user, host, port } = address;
	const password =
		env.PGPASSWORD ?? (await terminal?.askSecret(`Password of ${user} at ${host}:${port}: `)) ?? '';
	return { ...address, password };
}
