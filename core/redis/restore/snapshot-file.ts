import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream';
import { IntegrityError } from '../../errors';
import { HeldBack } from '../held-back';
import { Crc64 } from '../rdb/crc64';

/** The mark of the end and the checksum; without them no server takes a file for whole. */
const HELD_BACK_BYTES = 9;

/** A snapshot on the disk of this machine, whose content was proved before. */
export interface SnapshotFile {
	readonly bytes: number;
	/** From the beginning, each time that it is called. */
	reader(): Readable;
	/** Fills `target` with the bytes from `start` on. */
	fill(target: Buffer, start: number): Promise<void>;
}

/**
 * Reads the file once more, and gives its end only if everything before was the same as when it was
 * proved: disks fail between two readings. Else the stream fails with `IntegrityError`.
 */
export function openChecked(file: SnapshotFile, hasChecksum: boolean): Readable {
	const checked = new HeldBackEnd(file.bytes, hasChecksum);
	// The reader hears of every failure through `checked`.
	pipeline(file.reader(), checked, () => undefined);
	return checked;
}

class HeldBackEnd extends Transform {
	private readonly crc = new Crc64();
	private readonly held = new HeldBack(HELD_BACK_BYTES);
	private seen = 0;

	constructor(
		private readonly bytes: number,
		private readonly hasChecksum: boolean,
	) {
		super();
	}

	override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
		this.crc.update(chunk);
		this.seen += chunk.length;
		if (this.seen > this.bytes) return done(changed());
		for (const certain of this.held.push(chunk)) this.push(certain);
		done();
	}

	override _flush(done: TransformCallback): void {
		const isWhole = this.seen === this.bytes;
		if (!isWhole || (this.hasChecksum && !this.crc.isZero)) return done(changed());
		done(null, this.held.takeAll());
	}
}

function changed(): IntegrityError {
	return new IntegrityError(
		'The snapshot has changed on the disk of this machine since it was checked.',
		{ hint: 'Check the disk that has the temporary files of this machine, then restore again.' },
	);
}
