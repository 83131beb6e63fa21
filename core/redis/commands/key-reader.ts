import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { isForbidden, replyCode } from '../command-errors';
import { scanKeys } from '../scan';
import { commandName, type RedisServer } from '../server';
import { restoreCommand } from './payload';

/** Values that are asked for at once are to come to about this size. */
const BATCH_BYTES = 4 * 1024 * 1024;
const LARGEST_BATCH = 256;
/** PTTL and PEXPIRETIME of a key that does not expire, and of none. */
const STAYS = -1;
const NO_KEY = -2;

/** Reads the keys of the database that is selected. */
export class KeyReader {
	private batch = 16;
	/** Servers before version 7 know only how long a key has to live, not until when. */
	private absolute: Promise<boolean> | undefined;

	constructor(
		private readonly client: Redis,
		private readonly server: RedisServer,
	) {}

	/** A command for each key, in pieces; some at a time. Keys that go away meanwhile are left out. */
	async *restoreCommands(): AsyncGenerator<Buffer[][]> {
		for await (const names of scanKeys(this.client, this.server)) {
			for (let at = 0; at < names.length;) {
				const some = names.slice(at, at + this.batch);
				at += some.length;
				const dumped = await Promise.all(some.map((name) => this.dump(name)));
				const commands = dumped.filter((command) => command !== undefined);
				this.adapt(some.length, commands);
				if (commands.length > 0) yield commands;
			}
		}
	}

	private async dump(name: Buffer): Promise<Buffer[] | undefined> {
		const [payload, expiry] = await Promise.all([
			this.client.callBuffer(commandName(this.server, 'DUMP'), name),
			this.expiry(name),
		]);
		if (!Buffer.isBuffer(payload) || expiry === NO_KEY) return undefined;
		return restoreCommand(name, expiry === STAYS ? undefined : expiry, payload);
	}

	private async expiry(name: Buffer): Promise<number> {
		this.absolute ??= this.knowsExpireTime();
		if (await this.absolute) {
			return Number(await this.client.call(commandName(this.server, 'PEXPIRETIME'), name));
		}
		const left = Number(await this.client.call(commandName(this.server, 'PTTL'), name));
		return left < 0 ? left : Date.now() + left;
	}

	private async knowsExpireTime(): Promise<boolean> {
		try {
			await this.client.call(commandName(this.server, 'PEXPIRETIME'), randomBytes(16));
			return true;
		} catch (error) {
			if (isForbidden(error) && replyCode(error) !== 'NOPERM') return false;
			throw error;
		}
	}

	/** Large values are asked for one by one, small ones by the hundred. */
	private adapt(asked: number, commands: readonly Buffer[][]): void {
		const bytes = commands.flat().reduce((sum, part) => sum + part.length, 0);
		const fitting = Math.floor((BATCH_BYTES * asked) / Math.max(1, bytes));
		this.batch = Math.min(LARGEST_BATCH, this.batch * 2, Math.max(1, fitting));
	}
}
