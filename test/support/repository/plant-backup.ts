import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type VerificationLevel, verificationFile } from '../../../core/repository/keys';
import { backupPrefix, createBackupId } from '../../../core/repository/naming';

/** A backup that a listing takes for one: its files have the names of a real one, and no content. */
export interface PlantedBackup {
	component?: string;
	name?: string;
	at: Date | string;
	levels?: readonly VerificationLevel[];
	/** What is left out, as after a crash. */
	without?: 'manifest' | 'payload';
}

/** The keys of such a backup, in the order in which they would have been written. */
export function plantedKeys({
	component = 'postgres',
	name = 'shop',
	at,
	levels = [],
	without,
}: PlantedBackup): { id: string; keys: string[] } {
	const consistencyPoint = new Date(at);
	const id = createBackupId(name, consistencyPoint);
	const prefix = backupPrefix({ component, name, id });
	const verifiedAt = new Date(consistencyPoint.getTime() + 60_000);
	const keys = [
		...(without === 'payload' ? [] : [`${prefix}${id}-0a1b2c3d4e5f.dump.zst.age`]),
		...(without === 'manifest' ? [] : [`${prefix}manifest.json`]),
		...levels.map((level) => prefix + verificationFile(level, verifiedAt)),
	];
	return { id, keys };
}

/** Puts such a backup into a directory store; its id. */
export function plantBackup(root: string, backup: PlantedBackup): string {
	const { id, keys } = plantedKeys(backup);
	for (const key of keys) plantFile(root, key);
	return id;
}

/** Puts a file of seven bytes below `root`. */
export function plantFile(root: string, path: string): void {
	mkdirSync(dirname(join(root, path)), { recursive: true });
	writeFileSync(join(root, path), 'payload');
}
