import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { ConfigurationError, IntegrityError } from '../../errors';
import { FileChangedError, type FileSource, type OpenFile } from '../file-source';
import { assertPathInZip } from './path-in-zip';
import { centralHeader, endOfDirectory, localHeader, ZIP, type ZipEntry } from './zip-format';

/** So many wrong files are named; more help nobody. */
const NAMED = 5;

/** A file that goes into a ZIP. */
export interface ZippedFile {
	/** In the ZIP; a leading slash is left out. */
	readonly path: string;
	/** In hexadecimal digits: what the content has to be. Nothing is compared where it is empty. */
	readonly expectedSha1?: string;
	/** All of the content; called more than once. */
	read(): Promise<Readable>;
}

interface Surveyed extends ZipEntry {
	readonly file: ZippedFile;
}

/**
 * Many files as one: a ZIP without compression of its own, because the repository compresses. The same
 * paths, contents and comment make the same bytes. No file is ever whole in memory.
 *
 * Throws `ConfigurationError` for paths and digests that cannot be, and for a path that appears twice. Opening it reads every file, and
 * rejects with `IntegrityError` where one is not what it has to be, and with `ConfigurationError` beyond
 * the limits of the format: 65,535 files, 4 GiB in all.
 */
export function zipOf(
	fileName: string,
	files: readonly ZippedFile[],
	options: { comment?: string; signal?: AbortSignal | undefined } = {},
): FileSource {
	const comment = Buffer.from(options.comment ?? '');
	assertWithinFormat(files, comment);
	assertDigests(files);
	const sorted = files
		.map((file) => ({ file, path: Buffer.from(assertPathInZip(file.path)) }))
		.sort((one, other) => Buffer.compare(one.path, other.path));
	const twice = sorted.find(({ path }, at) => sorted[at + 1]?.path.equals(path));
	if (twice) {
		throw new ConfigurationError(`The path ${JSON.stringify(twice.file.path)} appears twice.`, {
			hint: 'Give each file of a ZIP a path of its own.',
		});
	}
	const open = async (): Promise<OpenFile> => {
		const entries = await surveyed(sorted, options.signal);
		return {
			read: async () => Readable.from(zipBytes(entries, comment), { objectMode: false }),
			// Each reading compares what it reads with the survey.
			assertUnchanged: async () => undefined,
			close: async () => undefined,
		};
	};
	return { fileName, open };
}

function assertWithinFormat(files: readonly ZippedFile[], comment: Buffer): void {
	if (files.length > 0 && files.length <= ZIP.maxEntries && comment.length <= ZIP.maxCommentBytes) {
		return;
	}
	throw new ConfigurationError(
		`A ZIP of ${files.length} files with a comment of ${comment.length} bytes cannot be made.`,
		{
			hint: `Give it 1 to ${ZIP.maxEntries} files, and a comment of ${ZIP.maxCommentBytes} bytes.`,
		},
	);
}

/** A digest of another kind would never be equal, and the reason would not be seen. */
function assertDigests(files: readonly ZippedFile[]): void {
	const odd = files.find(({ expectedSha1 }) => !/^([0-9a-f]{40})?$/i.test(expectedSha1 ?? ''));
	if (!odd) return;
	throw new ConfigurationError(`What ${odd.path} should have is no SHA-1: "${odd.expectedSha1}".`, {
		hint: 'Give 40 hexadecimal digits for each file, or nothing for all of them.',
	});
}

/** Reads every file once: its headers come before it, and name its size and checksum. */
async function surveyed(
	sorted: readonly { file: ZippedFile; path: Buffer }[],
	signal: AbortSignal | undefined,
): Promise<Surveyed[]> {
	const entries: Surveyed[] = [];
	const wrong: string[] = [];
	let total = ZIP.endBytes + ZIP.maxCommentBytes;
	for (const { file, path } of sorted) {
		const sha1 = createHash('sha1');
		let [bytes, crc] = [0, 0];
		for await (const chunk of await file.read()) {
			signal?.throwIfAborted();
			const data = chunk as Buffer;
			sha1.update(data);
			crc = crc32(data, crc);
			bytes += data.length;
		}
		if (file.expectedSha1 && file.expectedSha1.toLowerCase() !== sha1.digest('hex')) {
			wrong.push(file.path);
		}
		total += ZIP.localHeaderBytes + ZIP.centralHeaderBytes + 2 * path.length + bytes;
		if (total > ZIP.maxBytes) throw tooLarge();
		entries.push({ file, path, bytes, crc32: crc });
	}
	if (wrong.length > 0) throw notAsExpected(wrong);
	return entries;
}

async function* zipBytes(entries: readonly Surveyed[], comment: Buffer): AsyncGenerator<Buffer> {
	const directory: Buffer[] = [];
	let offset = 0;
	for (const entry of entries) {
		directory.push(centralHeader(entry, offset));
		const header = localHeader(entry);
		yield header;
		let [bytes, crc] = [0, 0];
		for await (const chunk of await entry.file.read()) {
			const data = chunk as Buffer;
			bytes += data.length;
			crc = crc32(data, crc);
			yield data;
		}
		if (bytes !== entry.bytes || crc !== entry.crc32) throw new FileChangedError(entry.file.path);
		offset += header.length + bytes;
	}
	const lines = Buffer.concat(directory);
	yield lines;
	yield endOfDirectory({ entries: entries.length, bytes: lines.length, offset }, comment);
}

function tooLarge(): ConfigurationError {
	return new ConfigurationError('The files are too large for one ZIP: it can hold 4 GiB.', {
		hint: 'Store them in several ZIPs, each under a backup name of its own.',
	});
}

function notAsExpected(paths: readonly string[]): IntegrityError {
	const more = paths.length > NAMED ? `, and ${paths.length - NAMED} more` : '';
	return new IntegrityError(
		`The SHA-1 is not the expected one: ${paths.slice(0, NAMED).join(', ')}${more}.`,
		{ hint: 'Nothing was stored. Fetch the files again; if it stays so, the source is damaged.' },
	);
}
