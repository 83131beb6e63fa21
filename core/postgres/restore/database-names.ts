import { createHash } from 'node:crypto';
import { formatStamp, parseStamp, readBackupId } from '../../repository/naming';

/** The server cuts longer names off without a word. */
const MAX_NAME_BYTES = 63;
const STAMP_BYTES = 14;
const RESTORE = '_restore_';
const KEPT = '_before_';
const UNDONE = '_undone_';
const BY_HAND = '_restored';
const VERIFY = '_verify_';

/** The database that a restore fills before it takes the target's name. */
export function restoreDatabaseName(database: string, backupId: string): string {
	const whole = `${database}${RESTORE}${backupId}`;
	return fits(whole) ? whole : join(database, `${RESTORE}${backupId.slice(-STAMP_BYTES)}`);
}

/** Whether `name` can be one that `restoreDatabaseName` has made of `database`. */
export function isRestoreDatabase(name: string, database: string): boolean {
	return name !== database && name.includes(RESTORE);
}

/** The same, and stricter, for where the name is all that there is to go by. */
export function isExactlyRestoreDatabase(name: string, database: string): boolean {
	const plain = name.replace(/_\d{1,3}$/, '');
	const prefix = database + RESTORE;
	if (plain.startsWith(prefix) && readBackupId(plain.slice(prefix.length))) return true;
	const stamp = plain.slice(-STAMP_BYTES);
	return parseStamp(stamp) !== undefined && plain === join(database, `${RESTORE}${stamp}`);
}

/** What the replaced database is called from `at` on. */
export function keptDatabaseName(database: string, at: Date): string {
	return join(database, `${KEPT}${formatStamp(at)}`);
}

/** What a restored database is called after the one before it was brought back. */
export function undoneDatabaseName(database: string, at: Date): string {
	return join(database, `${UNDONE}${formatStamp(at)}`);
}

/** Whether `name` is what `keptDatabaseName` has made of `database` at some instant. */
export function isKeptDatabase(name: string, database: string): boolean {
	const prefix = join(database, `${KEPT}${'0'.repeat(STAMP_BYTES)}`).slice(0, -STAMP_BYTES);
	return name.startsWith(prefix) && /^\d{14}$/.test(name.slice(prefix.length));
}

/** Whether `name` is what `undoneDatabaseName` has made of `database` at some instant. */
function isUndoneDatabase(name: string, database: string): boolean {
	const stamp = name.slice(-STAMP_BYTES);
	return parseStamp(stamp) !== undefined && name === join(database, `${UNDONE}${stamp}`);
}

/**
 * Whether a restore or a restore test has made the database `name` of one of the `databases`: what it
 * fills, what it has replaced, or what was set aside again. None of them has to be backed up.
 */
export function isOfRestore(name: string, databases: readonly string[]): boolean {
	return (
		isTestDatabase(name) ||
		databases.some(
			(database) =>
				isKeptDatabase(name, database) ||
				isUndoneDatabase(name, database) ||
				isExactlyRestoreDatabase(name, database),
		)
	);
}

/** A database for one restore test; `random` is 8 hexadecimal digits. */
export function testDatabaseName(database: string, random: string): string {
	return join(database, `${VERIFY}${random}`);
}

/** Whether `name` can be one that `testDatabaseName` has made. */
export function isTestDatabase(name: string): boolean {
	return /_verify_[0-9a-f]{8}$/.test(name);
}

/** The database that somebody fills by hand, with standard tools, beside the one that was lost. */
export function databaseNameByHand(database: string): string {
	return join(database, BY_HAND);
}

/** When the database was replaced, for a name of which `isKeptDatabase` is true. */
export function keptAt(name: string): Date | undefined {
	return parseStamp(name.slice(-STAMP_BYTES));
}

/** Another name for when `name` is taken. */
export function numberedDatabaseName(name: string, number: number): string {
	const tail = `_${number}`;
	return `${cut(name, MAX_NAME_BYTES - tail.length)}${tail}`;
}

/** Shortens a name that is too long, with a hash so that two long ones do not meet. */
function join(database: string, suffix: string): string {
	if (fits(database + suffix)) return database + suffix;
	const hash = createHash('sha256').update(database).digest('hex').slice(0, 8);
	const tail = `~${hash}${suffix}`;
	return `${cut(database, MAX_NAME_BYTES - tail.length)}${tail}`;
}

function fits(name: string): boolean {
	return Buffer.byteLength(name) <= MAX_NAME_BYTES;
}

/** At most `bytes` bytes of UTF-8, never half a character. */
function cut(text: string, bytes: number): string {
	let short = '';
	for (const character of text) {
		if (Buffer.byteLength(short + character) > bytes) return short;
		short += character;
	}
	return short;
}
