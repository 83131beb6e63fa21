import { ConflictError } from '../../errors';
import { connectionNameOf, runIdOfConnection } from './recovery-record';
import type { ServerSession } from './server-session';

/**
 * Names the connection after the run, by which others see that it lives, and keeps two restores into
 * one server apart: of two that see each other the older connection goes on, the other one rejects
 * with `ConflictError`. Resolves with whether the account may see that at all.
 */
export async function announceRun(session: ServerSession, runId: string): Promise<boolean> {
	let clients: string;
	try {
		await session.call('CLIENT', 'SETNAME', connectionNameOf(runId));
		clients = String(await session.call('CLIENT', 'LIST'));
	} catch {
		return false;
	}
	const runs = clients.split('\n').flatMap((line) => {
		const [, id, name] = /^id=(\d+) .* name=(\S+) /.exec(line) ?? [];
		const other = runIdOfConnection(name ?? '');
		return other === undefined ? [] : [{ id: Number(id), runId: other }];
	});
	const own = runs.find((each) => each.runId === runId);
	if (own && runs.some((each) => each.id < own.id && each.runId !== runId)) throw isBusy();
	return true;
}

export function isBusy(): ConflictError {
	return new ConflictError('Another restore into this server is running.', {
		hint: 'Wait until it has ended, or cancel it, then start again.',
	});
}
