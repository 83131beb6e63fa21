/** What the lines have to know of a snapshot. */
export interface RestorableSnapshot {
	format: 'rdb' | 'commands';
	/** Of the server that it was made of, e.g. `7.0.15`. */
	serverVersion: string;
	moduleTypes: readonly string[];
}

/**
 * Shell lines that restore a snapshot with plain Redis alone. They hold no secret: the password is
 * taken from REDISCLI_AUTH. What the server had stays beside it, under another name.
 *
 * @param decode the command that writes the payload to its standard output
 */
export function howToRestore(snapshot: RestorableSnapshot, decode: string): string[] {
	const { serverVersion, moduleTypes } = snapshot;
	const needed = [
		`# Needs the server version ${serverVersion} or newer (redis-server --version).`,
		...(moduleTypes.length > 0
			? [`# It has to load the modules for these types: ${moduleTypes.join(', ')}.`]
			: []),
	];
	return [...needed, ...(snapshot.format === 'rdb' ? fromFile(decode) : fromCommands(decode))];
}

function fromFile(decode: string): string[] {
	return [
		'# Say where the server keeps its data (redis-cli CONFIG GET dir) and its configuration. Its',
		'# dbfilename is taken to be dump.rdb, and its appenddirname appendonlydir.',
		'export REDISCLI_AUTH=...',
		'DATA=/var/lib/redis CONF=/etc/redis/redis.conf',
		'# Stop it without saving: else it writes the old data over the restored file. Under systemd or',
		'# Docker, see that it is not started again by itself (systemctl stop redis-server).',
		'redis-cli SHUTDOWN NOSAVE',
		'# Keep what was there: one of these may not exist.',
		'mv "$DATA/dump.rdb" "$DATA/dump.rdb.before"',
		'mv "$DATA/appendonlydir" "$DATA/appendonlydir.before"',
		`${decode} > "$DATA/dump.rdb"`,
		'chown --reference="$DATA" "$DATA/dump.rdb"',
		'# With "appendonly yes" a server ignores dump.rdb and starts EMPTY. So start it once without,',
		'# as the user of the data, and let it write a new append-only file from what it has loaded:',
		'redis-server "$CONF" --appendonly no --daemonize yes',
		'# Wait until it answers PONG, and look whether the keys are there.',
		'redis-cli PING; redis-cli INFO keyspace',
		'# Only where the configuration says "appendonly yes"; wait for aof_rewrite_in_progress:0.',
		'redis-cli CONFIG SET appendonly yes',
		'redis-cli INFO persistence | grep aof_',
		'# Now it can be restarted in the ordinary way.',
	];
}

function fromCommands(decode: string): string[] {
	return [
		'# These commands add keys and replace those of the same name; all others stay. For an exact copy',
		'# restore into an empty server. Keys whose time is over are gone as soon as they are there.',
		'export REDISCLI_AUTH=...',
		`${decode} | redis-cli -h localhost -p 6379 --pipe`,
		'# It has to end with "errors: 0".',
	];
}
