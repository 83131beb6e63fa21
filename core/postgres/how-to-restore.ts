import { databaseNameByHand } from './restore/database-names';

/** What the lines have to know of a backup. */
export interface RestorableDump {
	database: string;
	/** Major version of the source server. */
	major: number;
	/** Of the source database: `encoding`, `collate`, `ctype`, `localeProvider`, `icuLocale`, `icuRules`. */
	properties: Readonly<Record<string, string>>;
	/** Version of the archive format, e.g. `1.16`. */
	archiveVersion: string;
}

/** The oldest pg_restore that reads an archive; each one also reads all older ones. */
const PG_RESTORE_FOR: Readonly<Record<string, number>> = { '1.14': 12, '1.15': 16, '1.16': 17 };

/**
 * Shell lines that restore a dump with standard tools alone, into a database beside the original:
 * what is left of that one stays, even when somebody runs all lines at once. Connection settings
 * are those of the libpq programs, so that the lines hold no secret: PGHOST, PGPORT, PGUSER and a
 * password prompt.
 *
 * @param decode the command that writes the archive to its standard output
 */
export function howToRestore(dump: RestorableDump, decode: string): string[] {
	const oldest = PG_RESTORE_FOR[dump.archiveVersion] ?? 18;
	const database = databaseNameByHand(dump.database);
	const restore = restoreCommand(dump.major, `-d ${shellQuoted(connectionString(database))}`);
	const inContainer = restore.includes(' | ') ? `sh -c ${shellQuoted(restore)}` : restore;
	return [
		'# Say where to restore to, and as whom: everything will belong to that user.',
		'# A password is asked for, or read from ~/.pgpass.',
		'export PGHOST=localhost PGPORT=5432 PGUSER=postgres',
		`createdb --template=template0 ${localeOptions(dump.properties)} -- ${shellQuoted(database)}`,
		`# pg_restore ${oldest} or newer is needed (pg_restore --version).`,
		`${decode} | ${restore}`,
		'# Without such a pg_restore, instead of the last line. It cannot ask: export PGPASSWORD first.',
		`${decode} | docker run --rm -i --network host -e PGHOST -e PGPORT -e PGUSER -e PGPASSWORD postgres:18 ${inContainer}`,
	];
}

/**
 * Since version 17 pg_restore sets `transaction_timeout`, at which an older server refuses to go on. So
 * for those it writes SQL, in which that line, near the top, can be left out; psql runs the rest. That
 * SQL begins and ends the one transaction itself: what breaks off before its end is undone.
 */
function restoreCommand(sourceMajor: number, target: string): string {
	const options = '--single-transaction --no-owner --no-privileges --no-subscriptions';
	if (sourceMajor >= 17) return `pg_restore --exit-on-error ${options} ${target}`;
	const withoutTimeout = `LC_ALL=C sed '1,25{/^SET transaction_timeout = 0;$/d;}'`;
	return `pg_restore ${options} --file=- | ${withoutTimeout} | psql -X -q -v ON_ERROR_STOP=1 ${target}`;
}

function localeOptions(properties: Readonly<Record<string, string>>): string {
	const { encoding, collate, ctype, localeProvider, icuLocale, icuRules } = properties;
	const options: [string, string | undefined][] = [
		['encoding', encoding],
		['lc-collate', collate],
		['lc-ctype', ctype],
		['locale-provider', localeProvider === 'libc' ? undefined : localeProvider],
		[localeProvider === 'builtin' ? 'builtin-locale' : 'icu-locale', icuLocale],
		['icu-rules', icuRules],
	];
	return options
		.flatMap(([name, value]) => (value ? [`--${name}=${shellQuoted(value)}`] : []))
		.join(' ');
}

/** libpq reads a database name with `=` in it, or that begins like a URI, as connection settings. */
function connectionString(database: string): string {
	if (/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(database)) return database;
	return `dbname='${database.replace(/['\\]/g, '\\$&')}'`;
}

function shellQuoted(text: string): string {
	return /^[A-Za-z0-9_.@:/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
