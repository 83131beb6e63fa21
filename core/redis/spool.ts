import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { BackupError, ConfigurationError } from '../errors';
import { errorCode, errorMessage } from '../network/connection-errors';
import { megabytes } from '../repository/disk-space';

const READ_BYTES = 256 * 1024;
const WRITE_BYTES = 4 * 1024 * 1024;

/**
 * A file on the local disk that has no name: it is removed as soon as it is open, so that it goes with
 * this process however that ends, and nobody else can open it. Its mode is 0600 all the same.
 */
export class Spool {
	private written = 0;

	private constructor(
		/** The folder whose disk it is on. */
		readonly directory: string,
		private readonly file: FileHandle,
	) {}

	/** Rejects with `ConfigurationError` where no file can be made in the folder. */
	static async open(directory = tmpdir()): Promise<Spool> {
		try {
			const home = await mkdtemp(join(directory, 'dr-redis-'));
			try {
				return new Spool(directory, await open(join(home, 'spool'), 'wx+', 0o600));
			} finally {
				await rm(home, { recursive: true, force: true });
			}
		} catch (error) {
			throw new ConfigurationError(
				`The folder ${directory} for temporary files cannot be used: ${errorMessage(error)}.`,
				{ hint: 'Choose a folder that exists, and that n8n may write to.', cause: error },
			);
		}
	}

	/** What was written so far. */
	get bytes(): number {
		return this.written;
	}

	/** Throws `BackupError` where the disk has not so much room. */
	async assertRoomFor(bytes: number): Promise<void> {
		const { bavail, bsize } = await statfs(this.directory);
		const free = bavail * bsize;
		if (free >= bytes) return;
		throw new BackupError(
			`There is not enough room for temporary files in ${this.directory}: ${megabytes(free)} are free, about ${megabytes(bytes)} are needed.`,
			{ hint: 'Make room there, or choose another folder for temporary files.' },
		);
	}

	/**
	 * Takes the bytes in their order; fails with `BackupError` when the disk is full.
	 *
	 * @param release told of every chunk that is written and not needed any more
	 */
	writer(release: (chunk: Buffer) => void = () => undefined): Writable {
		const append = async (chunks: readonly Buffer[]) => {
			await this.append(chunks);
			chunks.forEach(release);
		};
		const settle = (work: Promise<void>, done: (error?: Error) => void) =>
			void work.then(
				() => done(),
				(error: unknown) => done(this.explain(error)),
			);
		return new Writable({
			highWaterMark: WRITE_BYTES,
			write: (chunk: Buffer, _encoding, done) => settle(append([chunk]), done),
			// What came during a write goes with the next one: the network gives it in small pieces.
			writev: (entries, done) => settle(append(entries.map(({ chunk }) => chunk as Buffer)), done),
		});
	}

	/** All bytes, or only the first; can be called more than once. */
	reader(bytes = this.written, onBytes?: (bytes: number) => void): Readable {
		let at = 0;
		const { file } = this;
		return new Readable({
			highWaterMark: READ_BYTES,
			read(size) {
				const wanted = Math.min(size, bytes - at);
				if (wanted === 0) {
					this.push(null);
					return;
				}
				file.read(Buffer.allocUnsafe(wanted), 0, wanted, at).then(
					({ bytesRead, buffer }) => {
						at += bytesRead;
						onBytes?.(at);
						this.push(bytesRead === 0 ? null : buffer.subarray(0, bytesRead));
					},
					(error: Error) => this.destroy(error),
				);
			},
		});
	}

	/** Fills `target` with the bytes from `start` on; rejects where the file ends before. */
	async fill(target: Buffer, start: number): Promise<void> {
		for (let at = 0; at < target.length;) {
			const { bytesRead } = await this.file.read(target, at, target.length - at, start + at);
			if (bytesRead === 0) throw new Error('The temporary file is shorter than it was');
			at += bytesRead;
		}
	}

	/** Gives the room on the disk back. */
	async close(): Promise<void> {
		await this.file.close();
	}

	private async append(chunks: readonly Buffer[]): Promise<void> {
		let rest = chunks.filter(({ length }) => length > 0);
		while (rest.length > 0) {
			const { bytesWritten } = await this.file.writev(rest, this.written);
			this.written += bytesWritten;
			rest = withoutFirst(rest, bytesWritten);
		}
	}

	private explain(error: unknown): BackupError {
		const full = ['ENOSPC', 'EDQUOT'].includes(errorCode(error));
		return new BackupError(
			full
				? `The disk with the temporary files (${this.directory}) is full, after ${megabytes(this.written)}.`
				: `The backup could not be written to ${this.directory}: ${errorMessage(error)}.`,
			{
				hint: 'Nothing was stored. Make room there, or choose another folder for temporary files.',
				cause: error,
			},
		);
	}
}

/** A disk may take less than it was given. */
function withoutFirst(chunks: readonly Buffer[], bytes: number): Buffer[] {
	let toDrop = bytes;
	return chunks.flatMap((chunk) => {
		const dropped = Math.min(toDrop, chunk.length);
		toDrop -= dropped;
		return dropped === chunk.length ? [] : [chunk.subarray(dropped)];
	});
}
