import { addAbortSignal, type Readable } from 'node:stream';
import { errorCode } from '../../../network/connection-errors';
import { Absent } from '../../observation';

const LONGEST_BYTES = 1_048_576;

/** Reads a text to its end; one that is longer than 1 MB, or breaks off, is given up and closed. */
export async function readBounded(body: Readable, signal: AbortSignal): Promise<Absent | string> {
	addAbortSignal(signal, body);
	const chunks: Buffer[] = [];
	let bytes = 0;
	try {
		for await (const chunk of body as AsyncIterable<Buffer>) {
			bytes += chunk.length;
			if (bytes > LONGEST_BYTES) return new Absent('the body is longer than 1 MB and was cut off');
			chunks.push(chunk);
		}
	} catch (error) {
		signal.throwIfAborted();
		return new Absent(`the body broke off (${errorCode(error) || 'no reason given'})`);
	} finally {
		body.destroy();
	}
	return Buffer.concat(chunks).toString('utf8');
}
