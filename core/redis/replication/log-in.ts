import { explainLoginError } from '../command-errors';
import { authArguments, commandName, type RedisServer } from '../server';
import type { Conversation } from './conversation';

/** Logs in where the credential has a password; rejects with `ConnectionError` in plain language. */
export async function logIn(conversation: Conversation, server: RedisServer): Promise<void> {
	const login = authArguments(server);
	if (!login) return;
	const reply = await conversation.ask([commandName(server, 'AUTH'), ...login]);
	if (reply.startsWith('-')) throw explainLoginError(server, new Error(reply.slice(1)));
}
