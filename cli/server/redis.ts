import type { RedisServer } from '../../core/redis/server';
import { wholeNumber } from '../arguments';
import type { Surroundings } from '../command';
import { type ServerValues, tlsOf, tlsUsage } from './options';

const PORT = 6379;
const PORTS = { from: 1, to: 65_535 };

export const redisUsage = `  The server
  --host <name>         localhost by default
  --port <number>       ${PORT} by default
  --user <name>         of the access control list, where it has one
  REDIS_PASSWORD        environment variable; you are asked for it otherwise
${tlsUsage}`;

/** What is known of a server without its password. */
export type RedisAddress = Omit<RedisServer, 'password'>;

/** Rejects with `UsageError`. */
export async function redisAddress(values: ServerValues): Promise<RedisAddress> {
	const { host = 'localhost', user: username = '' } = values;
	const port = wholeNumber(values.port, 'port', PORTS) ?? PORT;
	return { host, port, username, database: 0, tls: await tlsOf(host, values) };
}

/** The same with the password; empty where the server asks for none. */
export async function withPassword(
	address: RedisAddress,
	{ env, terminal }: Pick<Surroundings, 'env' | 'terminal'>,
): Promise<RedisServer> {
	const { host, port } = address;
	const question = `Password of Redis at ${host}:${port} (Enter where it asks for none): `;
	const password = env.REDIS_PASSWORD ?? (await terminal?.askSecret(question)) ?? '';
	return { ...address, password };
}
