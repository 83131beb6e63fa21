import { errorMessage } from '../network/connection-errors';
import { ConnectionError } from '../errors';
import { endpointOf, type RedisServer } from './server';

/** What a server means by an error reply: its first word, in capitals (`NOPERM`, `ERR`). */
export function replyCode(error: unknown): string {
	return /^-?([A-Z]+)\b/.exec(errorMessage(error))?.[1] ?? '';
}

/** Whether the server will not run this command for this user, now or later. */
export function isForbidden(error: unknown): boolean {
	return (
		replyCode(error) === 'NOPERM' ||
		/unknown (sub)?command|is not supported|not allowed|is disabled/i.test(errorMessage(error))
	);
}

/** A refused login. */
export function explainLoginError(server: RedisServer, cause: unknown): ConnectionError {
	const { host, port } = endpointOf(server);
	const where = `the Redis server at ${host}:${port}`;
	const reason = errorMessage(cause).replace(/^-/, '');
	const user = server.username === '' ? 'default' : server.username;
	switch (replyCode(cause)) {
		case 'WRONGPASS':
			return new ConnectionError(
				`The Redis server at ${host}:${port} refused the password of user "${user}".`,
				{
					hint: 'Check user and password of the credential. An unknown user is answered in the same way.',
					cause,
				},
			);
		case 'NOAUTH':
			return new ConnectionError(`The Redis server at ${host}:${port} asks for a password.`, {
				hint: 'Put the password of the server (requirepass), or of its ACL user, into the credential.',
				cause,
			});
		case 'NOPERM':
			return new ConnectionError(`The user "${user}" has not the rights for this: ${reason}.`, {
				hint: `Have an administrator extend the user's rights: ACL SETUSER ${user} …`,
				cause,
			});
		case 'LOADING':
			return new ConnectionError(`The Redis server at ${host}:${port} is still loading its data.`, {
				hint: 'Try again when it has started.',
				cause,
			});
		case 'DENIED':
			return new ConnectionError(`The Redis server at ${host}:${port} lets no other machine in.`, {
				hint: 'It runs in protected mode: set a password on the server (requirepass), then use it here.',
				cause,
			});
	}
	if (/without any password configured|no password is set/i.test(reason)) {
		return new ConnectionError(`A password was given, but ${where} has none.`, {
			hint: 'Check that this is the right server. If so, set a password on it, or empty that field.',
			cause,
		});
	}
	if (/DB index is out of range/i.test(reason)) {
		return new ConnectionError(
			`The Redis server at ${host}:${port} has no database ${server.database}.`,
			{
				hint: 'Correct the database in the credential, or raise the number of databases in the configuration of the server.',
				cause,
			},
		);
	}
	if (/max number of clients/i.test(reason)) {
		return new ConnectionError(`The Redis server at ${host}:${port} has no connection left.`, {
			hint: 'Try again later, or raise maxclients on the server.',
			cause,
		});
	}
	if (/invalid password/i.test(reason)) {
		return new ConnectionError(`The Redis server at ${host}:${port} refused the password.`, {
			hint: 'Check the password of the credential.',
			cause,
		});
	}
	return new ConnectionError(`The login at ${where} failed: ${reason}`, {
		hint: 'Check the credential, and that a Redis server answers there: 6379 is its usual port.',
		cause,
	});
}
