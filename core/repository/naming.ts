import { createHash } from 'node:crypto';
import { ConfigurationError } from '../errors';

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const COMPONENT = /^[a-z][a-z0-9-]{0,30}$/;
const STAMP = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/;
const STAMP_LENGTH = 14;
const LONGEST_NAME = 63;
const HASH_LENGTH = 10;

/** The instant as `YYYYMMDDHHmmss` in UTC; parts of a second are dropped. */
export function formatStamp(at: Date): string {
	const year = at.getUTCFullYear();
	if (Number.isNaN(year) || year < 1 || year > 9999) {
		throw new ConfigurationError('The time given for the backup is not a valid date.', {
			hint: 'Use a date between the years 1 and 9999.',
		});
	}
	return at
		.toISOString()
		.replace(/\.\d+Z$/, '')
		.replace(/\D/g, '');
}

/** Reads `YYYYMMDDHHmmss` in UTC; `undefined` where the digits are no calendar date. */
export function parseStamp(text: string): Date | undefined {
	if (!STAMP.test(text)) return undefined;
	const at = new Date(text.replace(STAMP, '$1-$2-$3T$4:$5:$6Z'));
	// Date rolls 31 February over into March: only what prints the same was a date.
	return !Number.isNaN(at.getTime()) && formatStamp(at) === text ? at : undefined;
}

/** Whether `text` can be the name of a backup. */
export function isBackupName(text: string): boolean {
	return NAME.test(text);
}

/** Rejects a name that is not `[a-z0-9][a-z0-9._-]{0,62}` with `ConfigurationError`. */
export function assertBackupName(name: string): void {
	if (isBackupName(name)) return;
	throw new ConfigurationError(`The backup name ${JSON.stringify(name)} cannot be used.`, {
		hint: 'Use 1 to 63 lower-case letters, digits, dots, hyphens or underscores, beginning with a letter or digit.',
	});
}

/** Whether `text` can be a component, e.g. `postgres`. */
export function isComponent(text: string): boolean {
	return COMPONENT.test(text);
}

/**
 * A valid backup name for any text, e.g. the name of a database. A text that is valid already stays as
 * it is; every other gets a part of its hash, so that two texts never share a name.
 */
export function backupNameFor(text: string): string {
	if (isBackupName(text)) return text;
	const readable = text
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^-+/, '')
		.slice(0, LONGEST_NAME - HASH_LENGTH - 1)
		.replace(/-+$/, '');
	const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
	return `${readable === '' ? 'backup' : readable}-${hash}`;
}

/** The id of the backup of `name` that represents the instant `at`: `<name>-<YYYYMMDDHHmmss>`, UTC. */
export function createBackupId(name: string, at: Date): string {
	assertBackupName(name);
	return `${name}-${formatStamp(at)}`;
}

/** The name and the instant (whole seconds) in a backup's id; `undefined` where it is not an id. */
export function readBackupId(id: string): { name: string; consistencyPoint: Date } | undefined {
	const name = id.slice(0, -STAMP_LENGTH - 1);
	const consistencyPoint = parseStamp(id.slice(-STAMP_LENGTH));
	if (consistencyPoint === undefined || !isBackupName(name)) return undefined;
	return id.at(-STAMP_LENGTH - 1) === '-' ? { name, consistencyPoint } : undefined;
}

/** As `readBackupId`, but rejects what is not an id with `ConfigurationError`. */
export function parseBackupId(id: string): { name: string; consistencyPoint: Date } {
	const parsed = readBackupId(id);
	if (parsed !== undefined) return parsed;
	throw new ConfigurationError(`${JSON.stringify(id)} is not the id of a backup.`, {
		hint: 'An id is the name of the backup and its time in UTC, for example shop-20261122170000.',
	});
}

/** The folder of a backup below the repository's root: `<component>/<name>/<id>/`. */
export function backupPrefix(backup: { component: string; name: string; id: string }): string {
	assertBackupName(backup.name);
	if (!isComponent(backup.component) || parseBackupId(backup.id).name !== backup.name) {
		throw new ConfigurationError(
			`The id ${JSON.stringify(backup.id)} does not belong to ${JSON.stringify(backup.component)} backups named ${JSON.stringify(backup.name)}.`,
			{ hint: 'Choose the backup from the list again.' },
		);
	}
	return `${backup.component}/${backup.name}/${backup.id}/`;
}
