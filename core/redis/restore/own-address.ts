import type { Reachability } from './replicate';
import type { ServerSession } from './server-session';
import { plainAddress } from './snapshot-server';

/**
 * Where the server finds us: as given, and for the rest by the address from which we reach it. Resolves
 * with nothing where that address is not the one that the server sees: something between translates it,
 * and would not lead back to us.
 */
export async function completeReachability(
	session: ServerSession,
	given: Partial<Reachability>,
): Promise<Reachability | undefined> {
	const own = plainAddress(session.client.stream.localAddress ?? '');
	const port = given.port ?? 0;
	if (given.advertisedHost !== undefined) {
		// Where it comes in from there is not known.
		const anywhere = own.includes(':') ? '::' : '0.0.0.0';
		const { advertisedHost, bindAddress = anywhere } = given;
		return { ...given, advertisedHost, bindAddress, port };
	}
	const seen = await addressSeenBy(session);
	if (own === '' || (seen !== undefined && seen !== own)) return undefined;
	return { ...given, advertisedHost: own, bindAddress: given.bindAddress ?? own, port };
}

/** Nothing where the account may not ask, or the server is older than 6.2. */
async function addressSeenBy(session: ServerSession): Promise<string | undefined> {
	try {
		const client = String(await session.call('CLIENT', 'INFO'));
		const address = /\baddr=(\S*):\d+ /.exec(client)?.[1];
		return address === undefined ? undefined : plainAddress(address.replace(/^\[|\]$/g, ''));
	} catch {
		return undefined;
	}
}
