import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RdbInspector, type RdbSummary } from '../../../core/redis/rdb/inspector';
import { nowhere } from '../../../core/repository/nowhere';

/** What the inspectors of these tests throw, and nothing else does. */
export class Damaged extends Error {}

/** Reads a file to its end, in pieces of this size. */
export async function inspect(file: Buffer, pieceBytes = file.length): Promise<RdbSummary> {
	const inspector = new RdbInspector((what) => new Damaged(what));
	await pipeline(Readable.from(pieces(file, pieceBytes)), inspector, nowhere());
	return inspector.summary;
}

function* pieces(file: Buffer, pieceBytes: number): Generator<Buffer> {
	for (let at = 0; at < file.length; at += pieceBytes) yield file.subarray(at, at + pieceBytes);
}
