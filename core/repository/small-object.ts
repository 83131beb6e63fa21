import type { Store } from './store';

/**
 * The whole of a small object; `undefined` where it is longer than `limit` bytes, of which no more is
 * read. Rejects as `Store.read` does.
 */
export async function readSmallObject(
	store: Store,
	key: string,
	limit: number,
	signal?: AbortSignal,
): Promise<Buffer | undefined> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	// Leaving the loop early closes the stream.
	for await (const chunk of (await store.read(key, signal)) as AsyncIterable<Buffer>) {
		bytes += chunk.length;
		if (bytes > limit) return undefined;
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}
