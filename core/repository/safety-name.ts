import { backupNameFor } from './naming';

const SAFETY = 'before-restore.';

/**
 * The name of what a target held before a restore, for the text that its other backups are named
 * after. One of its own: the data that were so bad that they had to be replaced must never be "the
 * newest" of that target.
 */
export function safetyNameOf(target: string): string {
	return isSafetyName(target) ? backupNameFor(target) : backupNameFor(`${SAFETY}${target}`);
}

/** Whether backups of this name were made before restores. */
export function isSafetyName(name: string): boolean {
	// A name that is made of a longer text has hyphens for dots.
	return name.startsWith(SAFETY) || name.startsWith(SAFETY.replace('.', '-'));
}
