import { ConfigurationError } from '../../errors';
import { errorMessage } from '../../network/connection-errors';
import { isForbidden, replyCode } from '../command-errors';
import type { Obstacle } from './gates';
import type { Argument, ServerSession } from './server-session';

const REPLICATION_RIGHTS = '+info +replicaof +config|get +config|set';
const COMMAND_RIGHTS = '~* +info +restore +select +function|load';

/**
 * What keeps the account from a restore by replication. Asks by using each command in a way that
 * changes nothing, which also finds commands that were renamed, and works on servers and for accounts
 * that have no ACL DRYRUN. The server must be a master: for such a one REPLICAOF NO ONE does nothing.
 */
export async function missingReplicationRight(
	session: ServerSession,
): Promise<Obstacle | undefined> {
	const wayOut = `${giveRights(session, REPLICATION_RIGHTS)} Or choose the method Commands.`;
	try {
		const answer = await session.call('CONFIG', 'GET', 'masterauth');
		const masterauth = Array.isArray(answer) ? String(answer[1] ?? '') : '';
		await session.call('CONFIG', 'SET', 'masterauth', masterauth);
		await session.call('REPLICAOF', 'NO', 'ONE');
		return undefined;
	} catch (error) {
		if (!isForbidden(error)) throw error;
		return { reason: `the server does not allow it: ${plain(error)}`, wayOut };
	}
}

/**
 * Throws `ConfigurationError` where the account may not restore `key`, and functions where there are
 * some. An empty value is none, and so is refused before anything changes.
 */
export async function requireCommandRights(
	session: ServerSession,
	needs: { key?: Buffer; functions: boolean },
): Promise<void> {
	if (needs.key) await requireAllowed(session, 'RESTORE', needs.key, 0, '', 'REPLACE');
	if (needs.functions) await requireAllowed(session, 'FUNCTION', 'LOAD', 'REPLACE', '');
}

async function requireAllowed(
	session: ServerSession,
	command: string,
	...words: Argument[]
): Promise<void> {
	try {
		await session.call(command, ...words);
	} catch (error) {
		// Without memory for more it says no too, which may be over by then.
		if (!isForbidden(error) || replyCode(error) === 'OOM') return;
		throw new ConfigurationError(`The server does not allow the restore: ${plain(error)}.`, {
			hint: giveRights(session, COMMAND_RIGHTS),
			cause: error,
		});
	}
}

function giveRights({ server }: ServerSession, rights: string): string {
	const user = server.username === '' ? 'default' : server.username;
	return `Let the account do it (ACL SETUSER ${user} ${rights}); where a command was renamed, put its new name into the credential.`;
}

function plain(error: unknown): string {
	return errorMessage(error).replace(/\.$/, '');
}
