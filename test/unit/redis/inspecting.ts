import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RdbInspector, type RdbSummary } from '../../../core/redis/rdb/inspector';
import { cutAt, overwriting } from '../../support/overwriting';

/** What the inspectors of these tests throw, and nothing else does. */
export class Damaged extends Error {}

/** Reads a file to its end, in pieces of this size, each of which is overwritten behind the inspector. */
export async function inspect(file: Buffer, pieceBytes = file.length): Promise<RdbSummary> {
	return await inspectPieces(cutAt(file, everyMultiple(pieceBytes, file.length)));
}

/** The same in these pieces, which are overwritten. */
export async function inspectPieces(pieces: readonly Buffer[]): Promise<RdbSummary> {
	const inspector = new RdbInspector((what) => new Damaged(what));
	await pipeline(Readable.from(pieces), inspector, overwriting());
	return inspector.summary;
}

/** The multiples of `step` below `limit`. */
export function everyMultiple(step: number, limit: number): number[] {
	return Array.from({ length: Math.floor(limit / Math.max(1, step)) }, (_, at) => at * step);
}
