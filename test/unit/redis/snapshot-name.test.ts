import { safetyNameFor, snapshotNameFor } from '../../../core/redis/snapshot-name';
import { isSafetyName } from '../../../core/repository/safety-name';

const at = (host: string, port = 6379) => ({
	...{ host, port, username: '', password: '', database: 0 },
	tls: { mode: 'disable' as const },
});

describe('the names of snapshots', () => {
	it('are those of the host, with the port where it is not the usual one', () => {
		expect(snapshotNameFor(at('mr-dj-redis'))).toBe('mr-dj-redis');
		expect(snapshotNameFor(at('mr-dj-redis', 6380))).toBe('mr-dj-redis-6380');
	});

	it.each(['mr-dj-redis', 'Redis.Example.com', 'fd00::1', 'x'.repeat(80)])(
		'tell safety snapshots of %s from the others',
		(host) => {
			expect(isSafetyName(safetyNameFor(at(host)))).toBe(true);
			expect(isSafetyName(snapshotNameFor(at(host)))).toBe(false);
		},
	);
});
