import { Crc64 } from '../rdb/crc64';
import type { RdbValue } from '../rdb/walker';
import type { SnapshotFile } from './snapshot-file';

/** Longer payloads are read and sent in pieces. */
export const LONG_PAYLOAD_BYTES = 1024 * 1024;
const PIECE_BYTES = 256 * 1024;
/** In front of a value: its type. Behind it: the RDB version, and the checksum of all before. */
const [TYPE_BYTES, VERSION_BYTES, CHECKSUM_BYTES] = [1, 2, 8];

/** What RESTORE takes, where that is too long to be held. */
export interface LongPayload {
	/** That `pieces` gives. */
	readonly bytes: number;
	/** From the beginning, each time that it is called. */
	readonly pieces: () => AsyncIterable<Buffer>;
}

/** A part of a file as it stands there, the bytes from `start` to before `end`. */
export function longPayload(file: SnapshotFile, start: number, end: number): LongPayload {
	return { bytes: end - start, pieces: () => piecesOf(file, start, end) };
}

/** The payload for a value of an RDB file; see `restorePayload` for one that is short. */
export function longRestorePayload(
	file: SnapshotFile,
	{ type, start, end }: RdbValue,
	rdbVersion: number,
): LongPayload {
	const pieces = async function* () {
		const version = Buffer.alloc(VERSION_BYTES);
		version.writeUInt16LE(rdbVersion);
		const crc = new Crc64();
		const counted = (bytes: Buffer) => {
			crc.update(bytes);
			return bytes;
		};
		yield counted(Buffer.of(type));
		for await (const piece of piecesOf(file, start, end)) yield counted(piece);
		yield counted(version);
		yield crc.toBuffer();
	};
	return { bytes: TYPE_BYTES + (end - start) + VERSION_BYTES + CHECKSUM_BYTES, pieces };
}

async function* piecesOf(file: SnapshotFile, start: number, end: number): AsyncGenerator<Buffer> {
	for (let at = start; at < end; at += PIECE_BYTES) {
		const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, end - at));
		await file.fill(piece, at);
		yield piece;
	}
}
