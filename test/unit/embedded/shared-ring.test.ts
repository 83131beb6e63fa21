import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';

import fc from 'fast-check';

import { SharedRing } from '../../../core/postgres/engines/embedded/shared-ring';

const RING_MODULE = resolve(
	__dirname,
	'../../../dist/core/postgres/engines/embedded/shared-ring.js',
);
const CAPACITY = 16;

describe('a ring used by one thread', () => {
	it('gives back exactly what was put in, whatever the sizes and wherever the counters are', () => {
		const step = fc.record({ write: fc.boolean(), bytes: fc.uint8Array({ maxLength: 40 }) });
		fc.assert(
			fc.property(fc.integer(), fc.array(step, { maxLength: 60 }), (start, steps) => {
				const ring = SharedRing.allocate(CAPACITY);
				// Both byte counters: a dump of more than 4 GB takes them past their 32 bits.
				new Int32Array(ring.memory).fill(start, 0, 2);
				const queue: number[] = [];
				for (const { write, bytes } of steps) {
					if (write) {
						const taken = ring.write(bytes);
						expect(taken).toBe(Math.min(bytes.length, CAPACITY - queue.length));
						queue.push(...bytes.subarray(0, taken));
					} else {
						const given = ring.read(bytes);
						expect([...bytes.subarray(0, given)]).toEqual(queue.splice(0, bytes.length));
					}
					expect(ring.used()).toBe(queue.length);
				}
			}),
		);
	});

	it('keeps what was written before the end', () => {
		const ring = SharedRing.allocate(CAPACITY);
		ring.write(Buffer.from('last words'));
		ring.end();
		const target = Buffer.alloc(CAPACITY);
		expect(target.toString('utf8', 0, ring.read(target))).toBe('last words');
		expect(ring.ended).toBe(true);
	});

	it.each(['end', 'abandon'] as const)('wakes both sides on %s', async (how) => {
		const empty = SharedRing.allocate(CAPACITY);
		const full = SharedRing.allocate(CAPACITY);
		full.write(Buffer.alloc(CAPACITY));
		const waits = Promise.all([empty.waitForData(), full.waitForSpace()]);
		empty[how]();
		full[how]();
		await expect(waits).resolves.toHaveLength(2);
	});

	it('refuses a capacity that its counters could not wrap around', () => {
		expect(() => SharedRing.allocate(1000)).toThrow('not a power of two');
	});
});

describe('a ring between two threads', () => {
	/** The blocking side, as in the worker of a dump; sends back the hash of what went through. */
	const PEER = `
		const { parentPort, workerData } = require('node:worker_threads');
		const { createHash } = require('node:crypto');
		const { SharedRing } = require(workerData.module);
		const ring = new SharedRing(workerData.memory);
		const hash = createHash('sha256');
		if (workerData.payload) {
			const payload = workerData.payload;
			for (let at = 0; at < payload.length; ) {
				ring.waitForSpaceBlocking();
				at += ring.write(payload.subarray(at, at + 1 + (at * 7919) % 3000));
			}
			ring.end();
		} else {
			const buffer = new Uint8Array(700);
			for (;;) {
				ring.waitForDataBlocking();
				const length = ring.read(buffer);
				if (length === 0) break;
				hash.update(buffer.subarray(0, length));
			}
			parentPort.postMessage(hash.digest('hex'));
		}
	`;
	const payload = new Uint8Array(randomBytes(3_000_000));
	const expected = createHash('sha256').update(payload).digest('hex');
	const startPeer = (ring: SharedRing, toSend?: Uint8Array) =>
		new Worker(PEER, {
			eval: true,
			workerData: { module: RING_MODULE, memory: ring.memory, payload: toSend },
		});

	it('brings every byte from a blocking writer to a waiting reader', async () => {
		const ring = SharedRing.allocate(1024);
		const peer = startPeer(ring, payload);
		const exit = once(peer, 'exit');
		const hash = createHash('sha256');
		const buffer = new Uint8Array(900);
		for (;;) {
			await ring.waitForData();
			const length = ring.read(buffer);
			if (length === 0) break;
			hash.update(buffer.subarray(0, length));
		}
		expect(hash.digest('hex')).toBe(expected);
		await exit;
	});

	it('brings every byte from a waiting writer to a blocking reader', async () => {
		const ring = SharedRing.allocate(1024);
		const peer = startPeer(ring);
		const exit = once(peer, 'exit');
		const answer = once(peer, 'message');
		for (let at = 0; at < payload.length;) {
			await ring.waitForSpace();
			at += ring.write(payload.subarray(at, at + 1 + ((at * 7919) % 3000)));
		}
		ring.end();
		expect(await answer).toEqual([expected]);
		await exit;
	});
});
