import type { Redis } from 'ioredis';
import { connect } from '../connection';
import { commandName, type RedisServer } from '../server';
import { ServerInfo } from '../server-info';

const HEARTBEAT_MS = 5_000;

export type Argument = string | number | Buffer;

/** A connection to a server, which may call commands by names of its own. */
export class ServerSession {
	private heartbeat: NodeJS.Timeout | undefined;

	private constructor(
		readonly server: RedisServer,
		/** For pipelines; every command in them needs `nameOf`. */
		readonly client: Redis,
	) {}

	/** In the first database, whatever the login names: not every account may select. Rejects like `connect`. */
	static async open(server: RedisServer, signal?: AbortSignal): Promise<ServerSession> {
		return new ServerSession(server, await connect({ ...server, database: 0 }, signal));
	}

	nameOf(command: string): string {
		return commandName(this.server, command);
	}

	/** Rejects with the error reply of the server. */
	async call(command: string, ...words: Argument[]): Promise<unknown> {
		return await this.client.call(this.nameOf(command), ...words);
	}

	async info(): Promise<ServerInfo> {
		return new ServerInfo(String(await this.call('INFO')));
	}

	/**
	 * Asks for something now and then, until `close`: others see that this side lives, and no server
	 * ends the connection because nothing happens on it.
	 */
	keepAlive(): void {
		this.heartbeat ??= setInterval(() => {
			this.client.ping().catch(() => undefined);
		}, HEARTBEAT_MS);
	}

	/** A setting as it is now; nothing where the server has none of this name or may not be asked. */
	async setting(name: string): Promise<string | undefined> {
		try {
			const answer = await this.call('CONFIG', 'GET', name);
			return Array.isArray(answer) && answer.length === 2 ? String(answer[1]) : undefined;
		} catch {
			return undefined;
		}
	}

	/** Until the next start of the server, as nothing is written to its configuration file. */
	async changeSetting(name: string, value: string): Promise<void> {
		await this.call('CONFIG', 'SET', name, value);
	}

	close(): void {
		clearInterval(this.heartbeat);
		this.client.disconnect();
	}
}
