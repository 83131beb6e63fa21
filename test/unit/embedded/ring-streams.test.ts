import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';

import { readableFrom, writableTo } from '../../../core/postgres/engines/embedded/ring-streams';
import { SharedRing } from '../../../core/postgres/engines/embedded/shared-ring';

async function turns(count: number): Promise<void> {
	for (let i = 0; i < count; i++) await turn();
}

describe('readableFrom', () => {
	it('takes nothing from the ring while nobody reads on', async () => {
		const ring = SharedRing.allocate(1024 * 1024);
		const stream = readableFrom(ring);
		stream.once('readable', () => undefined);
		for (let round = 0; round < 20; round++) {
			ring.write(new Uint8Array(128 * 1024));
			await turns(5);
		}
		// One chunk is in the stream; all that came later waits, and with it the writer.
		expect(ring.used()).toBe(1024 * 1024);
		stream.destroy();
	});

	it('ends only when the writer said so', async () => {
		const ring = SharedRing.allocate(1024);
		const stream = readableFrom(ring);
		const received: Buffer[] = [];
		stream.on('data', (chunk: Buffer) => received.push(chunk));
		ring.write(Buffer.from('abc'));
		await turns(5);
		expect(Buffer.concat(received).toString()).toBe('abc');
		expect(stream.readableEnded).toBe(false);
		ring.write(Buffer.from('def'));
		ring.end();
		await once(stream, 'end');
		expect(Buffer.concat(received).toString()).toBe('abcdef');
	});

	it('tells the writer when it is destroyed', () => {
		const ring = SharedRing.allocate(1024);
		readableFrom(ring).destroy();
		expect(ring.abandoned).toBe(true);
	});
});

describe('writableTo', () => {
	it('confirms a chunk only when the ring has taken all of it', async () => {
		const ring = SharedRing.allocate(8);
		const stream = writableTo(ring);
		let confirmed = false;
		stream.write(Buffer.from('twelve bytes'), () => (confirmed = true));
		await turns(5);
		expect(confirmed).toBe(false);
		const target = Buffer.alloc(8);
		expect(target.toString('utf8', 0, ring.read(target))).toBe('twelve b');
		await turns(5);
		expect(confirmed).toBe(true);
		expect(target.toString('utf8', 0, ring.read(target))).toBe('ytes');
		stream.destroy();
	});

	it('ends the ring when it ends, and also when it is destroyed', async () => {
		const ended = SharedRing.allocate(8);
		const stream = writableTo(ended);
		stream.end();
		await once(stream, 'finish');
		expect(ended.ended).toBe(true);
		const cut = SharedRing.allocate(8);
		writableTo(cut).destroy();
		expect(cut.ended).toBe(true);
	});

	it('discards what comes after the reader has gone, also in the middle of a chunk', async () => {
		const ring = SharedRing.allocate(8);
		const stream = writableTo(ring);
		stream.write(Buffer.alloc(100));
		await turns(5);
		ring.abandon();
		stream.end(Buffer.alloc(100));
		await once(stream, 'finish');
	});
});
