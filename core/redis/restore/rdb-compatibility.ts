/** What INFO says about the software of a server; the value as sent, e.g. `7.0.15`. */
export interface ServerSoftware {
	redisVersion: string;
	/** Only Valkey has one; its `redisVersion` is frozen at the release that it grew from. */
	valkeyVersion?: string;
}

type Since = readonly [major: number, minor: number, rdbVersion: number];

/** From which release on a server writes, and so loads, which RDB version; newest first. */
const REDIS: readonly Since[] = [
	[8, 6, 13],
	[7, 4, 12],
	[7, 2, 11],
	[7, 0, 10],
	[5, 0, 9],
	[4, 0, 8],
	[3, 2, 7],
	[2, 6, 6],
];
/** The last version that Redis and Valkey have in common; Valkey refuses 12 to 79 as foreign. */
const LAST_COMMON = 11;
const VALKEY_9 = 80;

/**
 * Whether a server loads files of an RDB version. Every server loads those of its predecessors, so one
 * that is newer than this table is good for all versions in it. A server whose own version cannot be
 * read loads nothing as far as anybody knows.
 */
export function loadsRdbVersion(software: ServerSoftware, rdbVersion: number): boolean {
	if (software.valkeyVersion !== undefined) {
		if (rdbVersion <= LAST_COMMON) return true;
		return rdbVersion === VALKEY_9 && isAtLeast(software.valkeyVersion, 9, 0);
	}
	const newest = REDIS.find(([major, minor]) => isAtLeast(software.redisVersion, major, minor));
	return newest !== undefined && rdbVersion <= newest[2];
}

/** Whether a version such as `7.0.15` is that release or a later one; false where it is unreadable. */
export function isAtLeast(version: string, major: number, minor: number): boolean {
	const [, first, second] = /^(\d+)\.(\d+)/.exec(version) ?? [];
	if (first === undefined) return false;
	return Number(first) > major || (Number(first) === major && Number(second) >= minor);
}
