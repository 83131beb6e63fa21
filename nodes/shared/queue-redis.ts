import type { RedisServer } from '../../core/redis/server';

const DEFAULT_PORT = 6379;

/**
 * The Redis in which this n8n keeps its queue, by the environment variables of n8n; nothing where it
 * has none. A password that lies in a file is not read: such a server is known by its address.
 */
export function queueRedis(environment = process.env): RedisServer | undefined {
	const setting = (name: string) => environment[`QUEUE_BULL_REDIS_${name}`] ?? '';
	if (environment.EXECUTIONS_MODE !== 'queue' && setting('HOST') === '') return undefined;
	return {
		host: setting('HOST') || 'localhost',
		port: Number(setting('PORT')) || DEFAULT_PORT,
		username: setting('USERNAME'),
		password: setting('PASSWORD'),
		database: Number(setting('DB')) || 0,
		tls: { mode: setting('TLS') === 'true' ? 'verify-full' : 'disable' },
	};
}
