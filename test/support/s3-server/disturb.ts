import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { FaultEffect } from './faults';

/** The body of a request: cut, or with a flipped bit if the fault says so. */
export async function* disturbRequest(
	request: IncomingMessage,
	fault: FaultEffect | undefined,
): AsyncGenerator<Buffer> {
	let received = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		if (fault?.kind === 'corrupt-request') flipBit(chunk, fault.atByte - received);
		received += chunk.length;
		if (fault?.kind === 'cut-request' && received > fault.afterBytes) request.socket.destroy();
		yield chunk;
	}
}

/** The body of an answer: cut, stalled or with a flipped bit if the fault says so. */
export async function* disturbAnswer(
	body: Readable,
	socket: Socket,
	fault: FaultEffect | undefined,
): AsyncGenerator<Buffer> {
	let sent = 0;
	for await (const chunk of body as AsyncIterable<Buffer>) {
		if (fault?.kind === 'cut-response' || fault?.kind === 'stall-response') {
			const left = fault.afterBytes - sent;
			if (left < chunk.length) {
				yield chunk.subarray(0, left);
				if (fault.kind === 'cut-response') await flushed(socket);
				else await closed(socket);
				return;
			}
		}
		if (fault?.kind === 'corrupt-response') flipBit(chunk, fault.atByte - sent);
		sent += chunk.length;
		yield chunk;
	}
}

/** Does nothing where `at` lies outside of the chunk. */
function flipBit(chunk: Buffer, at: number): void {
	if (at >= 0 && at < chunk.length) chunk[at] = (chunk[at] ?? 0) ^ 1;
}

/** Ends the connection in order, so that the bytes before the cut arrive. */
async function flushed(socket: Socket): Promise<void> {
	socket.end();
	await closed(socket);
}

async function closed(socket: Socket): Promise<void> {
	if (socket.destroyed) return;
	await new Promise<void>((resolve) => socket.once('close', () => resolve()));
}
