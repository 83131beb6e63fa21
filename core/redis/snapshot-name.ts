import { backupNameFor } from '../repository/naming';
import type { RedisServer } from './server';

const SAFETY = 'before-restore.';

/** The name of the snapshots of a server where nobody has given one. */
export function snapshotNameFor(server: RedisServer): string {
	return backupNameFor(addressOf(server));
}

/**
 * The name of what a server held before a restore. One of its own: the data that were so bad that they
 * had to be replaced must never be "the newest" of the server.
 */
export function safetyNameFor(server: RedisServer): string {
	return backupNameFor(`${SAFETY}${addressOf(server)}`);
}

/** Whether backups of this name were made before restores. */
export function isSafetyName(name: string): boolean {
	// A name that is made of a longer text has hyphens for dots.
	return name.startsWith(SAFETY) || name.startsWith(SAFETY.replace('.', '-'));
}

/** The usual port says nothing, and would only make the name longer. */
function addressOf({ host, port }: RedisServer): string {
	return port === 6379 ? host : `${host}-${port}`;
}
