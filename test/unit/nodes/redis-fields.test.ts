import { ConfigurationError } from '../../../core/errors';
import {
	reachabilityOf,
	selectionOf,
} from '../../../nodes/RedisSnapshot/operations/restore.options';
import { compressionOf } from '../../../nodes/shared/compression';
import { queueRedis } from '../../../nodes/shared/queue-redis';

describe('the options of a restore', () => {
	it('select nothing in particular when they are empty', () => {
		expect(selectionOf({ keyPattern: '', databases: ' ' })).toEqual({});
	});

	it('take databases with commas or spaces between them', () => {
		expect(selectionOf({ databases: '0, 3 9', keyPattern: ' a*' })).toEqual({
			...{ databases: [0, 3, 9], pattern: ' a*' },
		});
	});

	it.each(['zero', '-1', '1.5', '0;3'])('refuse %j as a list of databases', (databases) => {
		expect(() => selectionOf({ databases })).toThrow(ConfigurationError);
	});

	it('leave to be found out where the server finds us, unless somebody says so', () => {
		const empty = { advertisedHost: ' ', bindAddress: '', port: 0, advertisedPort: 0 };
		expect(reachabilityOf(empty)).toEqual({});
		const given = { advertisedHost: ' n8n ', bindAddress: '0.0.0.0', port: 7000 };
		expect(reachabilityOf(given)).toEqual({ ...given, advertisedHost: 'n8n' });
	});
});

describe('the compression', () => {
	it('has a usual level for each algorithm, and none without any', () => {
		expect(compressionOf({})).toEqual({ algorithm: 'zstd', level: 3 });
		expect(compressionOf({ compression: 'gzip' })).toEqual({ algorithm: 'gzip', level: 6 });
		expect(compressionOf({ compression: 'none', compressionLevel: 9 })).toEqual({
			algorithm: 'none',
		});
	});
});

describe("the Redis of n8n's own queue", () => {
	it('is none where n8n runs without one', () => {
		expect(queueRedis({})).toBeUndefined();
	});

	it('is where n8n looks by default', () => {
		expect(queueRedis({ EXECUTIONS_MODE: 'queue' })).toEqual({
			...{ host: 'localhost', port: 6379, username: '', password: '', database: 0 },
			tls: { mode: 'disable' },
		});
	});

	it('is the one that the environment names', () => {
		expect(
			queueRedis({
				QUEUE_BULL_REDIS_HOST: 'redis',
				QUEUE_BULL_REDIS_PORT: '6380',
				QUEUE_BULL_REDIS_DB: '2',
				QUEUE_BULL_REDIS_USERNAME: 'n8n',
				QUEUE_BULL_REDIS_PASSWORD: 'secret',
				QUEUE_BULL_REDIS_TLS: 'true',
			}),
		).toEqual({
			...{ host: 'redis', port: 6380, username: 'n8n', password: 'secret', database: 2 },
			tls: { mode: 'verify-full' },
		});
	});
});
