import { randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DumpOutput } from '../../../core/postgres/dump-output';

const CONTENT = randomBytes(3_000_000);

/** `CONTENT` in chunks of `size`, each with memory of its own. */
function* chunks(size: number): Generator<Buffer> {
	for (let at = 0; at < CONTENT.length; at += size) {
		yield Buffer.from(Uint8Array.from(CONTENT.subarray(at, at + size)).buffer);
	}
}

function outputOf(finished: Promise<unknown> = Promise.resolve()): DumpOutput {
	return new DumpOutput({ finished, stallAfterMs: 60_000, onStall: () => undefined });
}

/** A consumer that gives chunks back, and the memory that they had. */
function releasing(output: DumpOutput) {
	const received: Buffer[] = [];
	const memory = new Set<ArrayBufferLike>();
	const sink = new Writable({
		write(chunk: Buffer, _encoding, done) {
			received.push(Buffer.from(chunk));
			memory.add(chunk.buffer);
			output.release(chunk);
			done();
		},
	});
	return { sink, memory, content: () => Buffer.concat(received) };
}

describe('DumpOutput', () => {
	it.each([1_000, 4_096, 70_000, 1_000_000])(
		'passes all on in chunks of %d bytes',
		async (size) => {
			const output = outputOf();
			const { sink, content } = releasing(output);
			await pipeline(Readable.from(chunks(size)), output, sink);
			expect(content().equals(CONTENT)).toBe(true);
		},
	);

	it('uses the memory of chunks that were given back', async () => {
		const output = outputOf();
		const { sink, memory } = releasing(output);
		await pipeline(Readable.from(chunks(4_096)), output, sink);
		expect(memory.size).toBeLessThanOrEqual(4);
	});

	it('leaves alone memory that is not its own', () => {
		const shared = Buffer.from(CONTENT.subarray(0, 100));
		const output = outputOf();
		output.release(CONTENT.subarray(0, 100));
		output.write(shared);
		expect(shared.equals(CONTENT.subarray(0, 100))).toBe(true);
		output.destroy();
	});

	it('fails in place of ending when the engine has failed', async () => {
		const output = outputOf(Promise.reject(new Error('the engine failed')));
		const { sink } = releasing(output);
		await expect(pipeline(Readable.from(chunks(70_000)), output, sink)).rejects.toThrow(
			'the engine failed',
		);
	});
});
