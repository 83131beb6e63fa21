import { backupNameFor } from '../repository/naming';
import { safetyNameOf } from '../repository/safety-name';
import type { RedisServer } from './server';

/** The name of the snapshots of a server where nobody has given one. */
export function snapshotNameFor(server: RedisServer): string {
	return backupNameFor(addressOf(server));
}

/** The name of what a server held before a restore. */
export function safetyNameFor(server: RedisServer): string {
	return safetyNameOf(addressOf(server));
}

/** The usual port says nothing, and would only make the name longer. */
function addressOf({ host, port }: RedisServer): string {
	return port === 6379 ? host : `${host}-${port}`;
}
