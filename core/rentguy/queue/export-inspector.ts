import { Transform, type TransformCallback } from 'node:stream';
import type { IntegrityError } from '../../errors';
import { JobCounts } from './job-counts';
import { decodeJob } from './job-line';
import type { QueueRole } from './queue-name';
import { LineSplitter } from './split-lines';

/** Ids that BullMQ gives by itself; larger numbers it has not come to. */
const COUNTED_ID = /^[1-9]\d{0,14}$/;

/** Passes an export on and reads it; fails where a line is no job. */
export class ExportInspector extends Transform {
	readonly counts = new JobCounts();
	/** The highest id that is a number, of each queue. */
	readonly highestIds: Record<QueueRole, number> = { main: 0, dead: 0 };
	private readonly lines = new LineSplitter();
	private number = 0;

	/** @param damaged makes the error; what is wrong as in "it breaks off" */
	constructor(private readonly damaged: (what: string) => IntegrityError) {
		super();
	}

	override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
		for (const line of this.lines.push(chunk)) {
			this.number++;
			const job = decodeJob(line);
			if (!job) {
				done(this.damaged(`line ${this.number} is no job`));
				return;
			}
			this.counts.add(job.queue, job.state);
			if (COUNTED_ID.test(job.id)) {
				this.highestIds[job.queue] = Math.max(this.highestIds[job.queue], Number(job.id));
			}
		}
		done(null, chunk);
	}

	override _flush(done: TransformCallback): void {
		done(this.lines.isInLine ? this.damaged('its last line breaks off') : null);
	}
}
