import { Transform, type TransformCallback } from 'node:stream';

export interface DumpOutputOptions {
	/** Of the engine: its failure becomes the failure of the stream, in place of a mere end. */
	finished: Promise<unknown>;
	/** How long no byte may come, in milliseconds. */
	stallAfterMs: number;
	onStall: (bytes: number) => void;
	onBytes?: (bytes: number) => void;
}

/**
 * Stands between an engine and everything that reads its archive: a pg_dump that failed must look
 * like a failure and not like a short archive, and one that hangs must not hang the run for ever.
 */
export class DumpOutput extends Transform {
	private bytes = 0;
	private readonly timer: NodeJS.Timeout;

	constructor(private readonly options: DumpOutputOptions) {
		super();
		this.timer = setTimeout(() => options.onStall(this.bytes), options.stallAfterMs);
	}

	override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
		this.bytes += chunk.length;
		this.timer.refresh();
		this.options.onBytes?.(this.bytes);
		done(null, chunk);
	}

	override _flush(done: TransformCallback): void {
		this.options.finished.then(
			() => done(),
			(error: Error) => done(error),
		);
	}

	override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
		clearTimeout(this.timer);
		done(error);
	}
}
