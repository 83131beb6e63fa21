import { loadsRdbVersion } from '../../../core/redis/restore/rdb-compatibility';

test.each([
	['7.0.15', 10, true],
	['7.0.15', 11, false],
	['7.0.15', 9, true],
	['6.2.14', 9, true],
	['6.2.14', 10, false],
	['7.2.4', 11, true],
	['7.4.0', 12, true],
	['8.4.1', 12, true],
	['8.4.1', 13, false],
	['8.6.0', 13, true],
	['9.1.0', 13, true],
	['10.0.0', 13, true],
	['8.6.0', 14, false],
	['', 6, false],
	['unknown', 6, false],
])('Redis %s and RDB version %d', (redisVersion, version, expected) => {
	expect(loadsRdbVersion({ redisVersion }, version)).toBe(expected);
});

test.each([
	['8.1.0', 11, true],
	['8.1.0', 12, false],
	['8.1.0', 80, false],
	['9.0.0', 80, true],
	['9.0.0', 12, false],
	['9.0.0', 11, true],
])('Valkey %s and RDB version %d', (valkeyVersion, version, expected) => {
	const software = { redisVersion: '7.2.4', valkeyVersion };
	expect(loadsRdbVersion(software, version)).toBe(expected);
});
