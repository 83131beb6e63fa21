import { setTimeout as sleep } from 'node:timers/promises';
import { isForbidden } from '../command-errors';
import type { ServerInfo } from '../server-info';
import type { ServerSession } from './server-session';

const POLL_MS = 100;

/** How long the server is waited for until it is a master again, in milliseconds. */
export interface PromotionLimits {
	/** Without reaching it. */
	unreachable: number;
	/** While it loads, when it takes no orders. */
	loading: number;
}

/**
 * Makes the server a master again, whatever it is at, then does what `settle` does, and resolves with
 * what the server says of itself. Opens connections of its own until all of that worked: that of the
 * run may be what broke. Rejects at once where the account may not do it, and with the last failure
 * when the time is up; no cancel ends it, since a server must not be left as a replica.
 */
export async function promote(
	open: () => Promise<ServerSession>,
	limits: PromotionLimits,
	settle: (session: ServerSession) => Promise<void>,
): Promise<ServerInfo> {
	const startedAt = Date.now();
	let seenAt = startedAt;
	let session: ServerSession | undefined;
	try {
		for (;;) {
			try {
				session ??= await open();
				const info = await session.info();
				seenAt = Date.now();
				if (info.get('role') === 'master') {
					await settle(session);
					return info;
				}
				if (isLoading(info)) {
					if (seenAt - startedAt > limits.loading)
						throw new Error('The server does not end loading');
				} else {
					await session.call('REPLICAOF', 'NO', 'ONE');
					continue;
				}
			} catch (error) {
				session?.close();
				session = undefined;
				const now = Date.now();
				// What the account may not do it will not be allowed later either.
				if (isForbidden(error)) throw error;
				if (now - seenAt > limits.unreachable || now - startedAt > limits.loading) throw error;
			}
			await sleep(POLL_MS);
		}
	} finally {
		session?.close();
	}
}

function isLoading(info: ServerInfo): boolean {
	return info.get('loading') === '1' || info.get('async_loading') === '1';
}
