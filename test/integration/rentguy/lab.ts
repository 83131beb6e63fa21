import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';

import { type ClientOptions, RentGuyClient } from '../../../core/rentguy/client';
import type { RentGuyServer } from '../../../core/rentguy/server';
import { type Platform, type PlatformOptions, startPlatform } from '../../support/platform';
import { type RunningRedis, startRedis } from '../../support/redis-server';

/** One Redis for all tests of a file, and one platform at a time. */
export class Lab {
	private redis: RunningRedis | undefined;
	private platform: Platform | undefined;

	async open(): Promise<void> {
		this.redis = await startRedis();
	}

	async start(options: Partial<PlatformOptions> = {}): Promise<Platform> {
		if (!this.redis) throw new Error('The lab is closed.');
		this.platform = await startPlatform({ redis: this.redis, ...options });
		return this.platform;
	}

	/** Ends the platform and empties its queue. */
	async tidy(): Promise<void> {
		await this.platform?.stop();
		this.platform = undefined;
		const admin = this.redis?.admin();
		await admin?.flushall();
		admin?.disconnect();
	}

	async close(): Promise<void> {
		await this.redis?.stop();
	}
}

export const serverOf = ({ baseUrl, user, password }: Platform): RentGuyServer => ({
	...{ baseUrl, user, password, tls: { mode: 'verify-full' } },
});

export const clientOf = (
	platform: Platform,
	changes: Partial<RentGuyServer> = {},
	options: ClientOptions = {},
) => new RentGuyClient({ ...serverOf(platform), ...changes }, options);

/** The error that work ends with. Neither it nor anything that hangs on it may show the password. */
export async function failureOf(
	work: Promise<unknown>,
	{ user, password }: { user: string; password: string },
): Promise<Error & { hint: string }> {
	const error: unknown = await work.then(
		() => new Error('It did not fail.'),
		(reason: unknown) => reason,
	);
	const shown = inspect(error, { depth: 20, showHidden: true });
	expect(shown).not.toContain(password);
	expect(shown).not.toContain(Buffer.from(`${user}:${password}`).toString('base64'));
	return error as Error & { hint: string };
}

/** Something else than the platform, for as long as `work` takes. */
export async function besideThePlatform<Result>(
	listener: RequestListener,
	work: (origin: string) => Promise<Result>,
): Promise<Result> {
	const server = createServer(listener).listen(0, '127.0.0.1');
	await once(server, 'listening');
	try {
		return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	} finally {
		server.close();
		server.closeAllConnections();
	}
}
