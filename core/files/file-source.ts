import type { Readable } from 'node:stream';
import { BackupError } from '../errors';

/** Where the content of a file comes from: a path, or what n8n holds. */
export interface FileSource {
	/** Without its folder. */
	readonly fileName: string;
	open(): Promise<OpenFile>;
}

/** A file that is being read; to be closed. */
export interface OpenFile {
	/** Permissions in octal digits, e.g. `640`. */
	readonly mode?: string;
	readonly modifiedAt?: Date;
	/** All of the content, from its first byte on; may be called again when the stream before has ended. */
	read(): Promise<Readable>;
	/** Rejects with `FileChangedError` where it is not the file any more that was opened. */
	assertUnchanged(): Promise<void>;
	close(): Promise<void>;
}

/** Somebody writes to the file while it is read. */
export class FileChangedError extends BackupError {
	constructor(fileName: string) {
		super(`The file ${fileName} is being changed while it is read.`, {
			hint: 'Nothing was stored. Run it again when nobody writes to the file.',
		});
	}
}
