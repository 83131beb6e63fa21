import { Readable, Writable } from 'node:stream';

import { freeMemory } from '../../../free-memory';
import type { SharedRing } from './shared-ring';

/** Large enough to make the cost of a wake-up small, small enough to hold many of them. */
const CHUNK_BYTES = 128 * 1024;

/**
 * What a worker writes into `ring`, as a stream of this thread. Takes from the ring only on demand,
 * so a slow consumer fills the ring and stops the worker. Destroying it abandons the ring.
 */
export function readableFrom(ring: SharedRing): Readable {
	let buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
	async function next(stream: Readable): Promise<void> {
		await ring.waitForData();
		if (stream.destroyed) return;
		const length = ring.read(buffer);
		if (length === 0) {
			stream.push(null);
		} else if (length > CHUNK_BYTES / 2) {
			const full = buffer.subarray(0, length);
			buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
			stream.push(full);
		} else {
			// A copy of its own size, so that a consumer which keeps chunks keeps no half-empty buffers.
			stream.push(Buffer.from(buffer.subarray(0, length)));
		}
	}
	return new Readable({
		highWaterMark: CHUNK_BYTES,
		read() {
			next(this).catch((error: unknown) => this.destroy(error as Error));
		},
		destroy(error, callback) {
			ring.abandon();
			callback(error);
		},
	});
}

/**
 * A stream of this thread into `ring`, where a worker reads it. Its end, and likewise its being
 * destroyed, is the end of the ring: the reader has to notice either way. What comes after the
 * reader has abandoned the ring is discarded. It becomes the owner of the chunks.
 */
export function writableTo(ring: SharedRing): Writable {
	async function put(chunk: Buffer): Promise<void> {
		for (let offset = 0; offset < chunk.length && !ring.abandoned && !ring.ended;) {
			offset += ring.write(chunk.subarray(offset));
			if (offset < chunk.length) await ring.waitForSpace();
		}
		freeMemory(chunk);
	}
	return new Writable({
		highWaterMark: CHUNK_BYTES,
		write(chunk: Buffer, _encoding, callback) {
			put(chunk).then(() => callback(), callback);
		},
		final(callback) {
			ring.end();
			callback();
		},
		destroy(error, callback) {
			ring.end();
			callback(error);
		},
	});
}
