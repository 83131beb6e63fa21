import { Transform, type TransformCallback } from 'node:stream';
import { freeMemory } from '../free-memory';

export interface DumpOutputOptions {
	/** Of the engine: its failure becomes the failure of the stream, in place of a mere end. */
	finished: Promise<unknown>;
	/** How long no byte may come, in milliseconds. */
	stallAfterMs: number;
	onStall: (bytes: number) => void;
	onBytes?: (bytes: number) => void;
}

/** Handing a chunk from stage to stage costs the same for 4 KB as for this. */
const BLOCK_BYTES = 256 * 1024;

/**
 * Stands between an engine and everything that reads its archive: a pg_dump that failed must look
 * like a failure and not like a short archive, and one that hangs must not hang the run for ever.
 * Chunks of any size, which it becomes the owner of, leave it as blocks.
 */
export class DumpOutput extends Transform {
	private bytes = 0;
	private block: Buffer | undefined;
	private filled = 0;
	private readonly free: Buffer[] = [];
	private readonly timer: NodeJS.Timeout;

	constructor(private readonly options: DumpOutputOptions) {
		super({ highWaterMark: BLOCK_BYTES });
		this.timer = setTimeout(() => options.onStall(this.bytes), options.stallAfterMs);
	}

	/**
	 * Takes a chunk back that nobody needs any more, so that its memory can be used again: the garbage
	 * collector, which sees little of such memory, would look at the whole heap every few megabytes.
	 */
	release(chunk: Buffer): void {
		if (chunk.buffer.byteLength === BLOCK_BYTES) this.free.push(Buffer.from(chunk.buffer));
	}

	override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
		this.bytes += chunk.length;
		this.timer.refresh();
		this.options.onBytes?.(this.bytes);
		for (let at = 0; at < chunk.length;) {
			this.block ??= this.free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
			const copied = chunk.copy(this.block, this.filled, at);
			at += copied;
			this.filled += copied;
			if (this.filled === BLOCK_BYTES) this.passBlock();
		}
		freeMemory(chunk);
		done();
	}

	override _flush(done: TransformCallback): void {
		this.options.finished.then(
			() => {
				this.passBlock();
				done();
			},
			(error: Error) => done(error),
		);
	}

	override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
		clearTimeout(this.timer);
		this.block = undefined;
		done(error);
	}

	private passBlock(): void {
		if (this.block && this.filled > 0) this.push(this.block.subarray(0, this.filled));
		this.block = undefined;
		this.filled = 0;
	}
}
