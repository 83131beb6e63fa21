import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';

/** Per megabyte: short texts and hashes, as of sessions and jobs, and some values of 8 KB. */
const PER_MEGABYTE = { texts: 1000, hashes: 200, values: 70 };

/** Fills a server with what makes an RDB file of about so many megabytes. */
export async function fillSample(client: Redis, megabytes: number): Promise<void> {
	for (let at = 0; at < megabytes; at++) {
		const pipeline = client.pipeline();
		for (let text = 0; text < PER_MEGABYTE.texts; text++) {
			pipeline.set(`session:${at}:${text}`, randomBytes(100).toString('hex'), 'EX', 1_000_000);
		}
		for (let hash = 0; hash < PER_MEGABYTE.hashes; hash++) {
			pipeline.hset(`job:${at}:${hash}`, fieldsOf(randomBytes(80).toString('hex')));
		}
		for (let value = 0; value < PER_MEGABYTE.values; value++) {
			pipeline.set(`document:${at}:${value}`, randomBytes(8192));
		}
		await pipeline.exec();
	}
}

function fieldsOf(text: string): Record<string, string> {
	const fields = ['name', 'state', 'data', 'options', 'progress', 'delay', 'priority', 'stamp'];
	return Object.fromEntries(fields.map((field, at) => [field, text.slice(at * 20, (at + 1) * 20)]));
}
