/** Fixed sizes and the largest numbers of the ZIP format (APPNOTE.TXT 6.3, without its 64-bit records). */
export const ZIP = {
	localHeaderBytes: 30,
	centralHeaderBytes: 46,
	endBytes: 22,
	maxEntries: 0xffff,
	maxBytes: 0xffff_ffff,
	maxPathBytes: 0xffff,
	maxCommentBytes: 0xffff,
} as const;

/** A file as the headers of a ZIP describe it. */
export interface ZipEntry {
	/** UTF-8, with slashes, without a leading one. */
	readonly path: Buffer;
	readonly bytes: number;
	readonly crc32: number;
}

const VERSION = 20;
const UTF8_NAMES = 1 << 11;
const STORED = 0;
/** 1 January 1980, the first day that the format knows: the same files make the same ZIP. */
const DATE = (1 << 5) | 1;
/** A regular file that its owner may write and everybody read, as Unix notes it. */
const UNIX = 3 << 8;
const MODE = 0o100644;

/** What stands before the content of a file. */
export function localHeader(entry: ZipEntry): Buffer {
	const header = Buffer.alloc(ZIP.localHeaderBytes);
	header.writeUInt32LE(0x04034b50, 0);
	writeCommon(header, 4, entry);
	return Buffer.concat([header, entry.path]);
}

/** The line of a file in the directory at the end; `offset` is that of its local header. */
export function centralHeader(entry: ZipEntry, offset: number): Buffer {
	const header = Buffer.alloc(ZIP.centralHeaderBytes);
	header.writeUInt32LE(0x02014b50, 0);
	header.writeUInt16LE(UNIX | VERSION, 4);
	writeCommon(header, 6, entry);
	header.writeUInt32LE(MODE * 0x10000, 38);
	header.writeUInt32LE(offset, 42);
	return Buffer.concat([header, entry.path]);
}

/** The last record: how many files there are, and where the directory of them is. */
export function endOfDirectory(
	directory: { entries: number; bytes: number; offset: number },
	comment: Buffer,
): Buffer {
	const end = Buffer.alloc(ZIP.endBytes);
	end.writeUInt32LE(0x06054b50, 0);
	end.writeUInt16LE(directory.entries, 8);
	end.writeUInt16LE(directory.entries, 10);
	end.writeUInt32LE(directory.bytes, 12);
	end.writeUInt32LE(directory.offset, 16);
	end.writeUInt16LE(comment.length, 20);
	return Buffer.concat([end, comment]);
}

/** The 24 bytes that both headers share. */
function writeCommon(header: Buffer, at: number, { path, bytes, crc32 }: ZipEntry): void {
	header.writeUInt16LE(VERSION, at);
	header.writeUInt16LE(UTF8_NAMES, at + 2);
	header.writeUInt16LE(STORED, at + 4);
	header.writeUInt16LE(DATE, at + 8);
	header.writeUInt32LE(crc32, at + 10);
	header.writeUInt32LE(bytes, at + 14);
	header.writeUInt32LE(bytes, at + 18);
	header.writeUInt16LE(path.length, at + 22);
}
