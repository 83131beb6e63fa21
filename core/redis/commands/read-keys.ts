import type { Redis } from 'ioredis';
import { isForbidden } from '../command-errors';
import { commandName, type RedisServer } from '../server';
import { KeyReader } from './key-reader';
import { endCommand, functionsCommand, selectCommand } from './payload';

/** Small commands are passed on together. */
const CHUNK_BYTES = 64 * 1024;
/** A dump of no library: its version and its checksum. */
const NO_FUNCTIONS_BYTES = 10;

export interface ReadKeysOptions {
	onBytes?: (bytes: number) => void;
	/** What the snapshot has to do without. */
	onWarning: (warning: string) => void;
}

/**
 * Reads all databases key by key and yields the commands that restore them. What changes meanwhile may
 * be in it or not, and a key can come twice (SCAN says so of itself). Memory: a batch of values.
 * Throws what ioredis throws.
 */
export async function* readKeys(
	client: Redis,
	server: RedisServer,
	options: ReadKeysOptions,
): AsyncGenerator<Buffer> {
	const chunks = new Chunks();
	let total = 0;
	for await (const parts of commandParts(client, server, options)) {
		for (const part of parts) {
			total += part.length;
			yield* chunks.add(part);
		}
		options.onBytes?.(total);
	}
	yield chunks.rest();
}

/** Joins small parts; a large one stays as it is, since a copy would need its room again. */
class Chunks {
	private parts: Buffer[] = [];
	private waiting = 0;

	add(part: Buffer): Buffer[] {
		const large = part.length >= CHUNK_BYTES;
		if (!large) this.parts.push(part);
		this.waiting += part.length;
		if (this.waiting < CHUNK_BYTES) return [];
		return large ? [this.rest(), part] : [this.rest()];
	}

	rest(): Buffer {
		this.waiting = 0;
		return Buffer.concat(this.parts.splice(0));
	}
}

async function* commandParts(
	client: Redis,
	server: RedisServer,
	options: ReadKeysOptions,
): AsyncGenerator<Buffer[]> {
	const functions = await dumpFunctions(client, server, options);
	if (functions) yield functionsCommand(functions);
	const keys = new KeyReader(client, server);
	let count = 0;
	for (let database = 0; await selects(client, server, database); database++) {
		let empty = true;
		for await (const commands of keys.restoreCommands()) {
			if (empty) yield selectCommand(database);
			empty = false;
			yield commands.flat();
			count += commands.length;
		}
	}
	yield endCommand(count);
}

async function dumpFunctions(
	client: Redis,
	server: RedisServer,
	{ onWarning }: ReadKeysOptions,
): Promise<Buffer | undefined> {
	try {
		const payload = await client.callBuffer(commandName(server, 'FUNCTION'), 'DUMP');
		return Buffer.isBuffer(payload) && payload.length > NO_FUNCTIONS_BYTES ? payload : undefined;
	} catch (error) {
		if (!isForbidden(error)) throw error;
		// Before version 7 there are none; a user without the right cannot tell.
		if (/NOPERM/.test(String(error))) {
			onWarning('Functions are not in this snapshot: the user may not read them (+function|dump).');
		}
		return undefined;
	}
}

/** False behind the last database. How many there are, only an administrator may ask. */
async function selects(client: Redis, server: RedisServer, database: number): Promise<boolean> {
	try {
		await client.call(commandName(server, 'SELECT'), database);
		return true;
	} catch (error) {
		if (database > 0 && /out of range|cluster mode|not allowed/i.test(String(error))) return false;
		throw error;
	}
}
