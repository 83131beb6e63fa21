import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Client } from 'pg';
import { ConfigurationError, IntegrityError } from '../../../core/errors';
import { ArchiveInspector } from '../../../core/postgres/archive/inspector';
import { openArchive } from '../../../core/postgres/archive/open-archive';
import { restoreArchive, type OwnRestoreOptions } from '../../../core/postgres/restore/own-restore';

/** Of the processor's time, far above what any of these small archives needs. */
const LONGEST_MS = 5_000;
const MOST_BYTES = 256 * 1024 ** 2;

/**
 * Gives the same bytes to everything that reads archives. Rejects when one of the readers fails with
 * anything but the errors that it promises, takes too long or too much memory.
 */
export async function readHostile(chunks: readonly Buffer[]): Promise<void> {
	const started = { cpu: process.cpuUsage(), bytes: memory() };
	// Chunks are copied: a reader that changed them would hide it from the next one.
	const stream = () => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
	await typed(pipeline(stream(), new ArchiveInspector(), async (rest) => await drain(rest)));
	for (const all of [true, false]) {
		const options = { owners: all, privileges: all, clean: all };
		await typed(restore(stream(), options));
	}
	const { user, system } = process.cpuUsage(started.cpu);
	const took = (user + system) / 1000;
	if (took > LONGEST_MS) throw new Error(`It took ${Math.round(took)} ms.`);
	const grown = memory() - started.bytes;
	if (grown > MOST_BYTES) throw new Error(`It took ${grown} bytes.`);
}

async function restore(stream: Readable, options: OwnRestoreOptions): Promise<void> {
	await restoreArchive(anyServer(), await openArchive(stream), options);
}

async function typed(reading: Promise<unknown>): Promise<void> {
	try {
		await reading;
	} catch (error) {
		if (error instanceof IntegrityError || error instanceof ConfigurationError) return;
		throw error;
	}
}

async function drain(stream: AsyncIterable<Buffer>): Promise<void> {
	for await (const chunk of stream) if (chunk.length === 0) throw new Error('An empty chunk.');
}

function memory(): number {
	const { heapUsed, external, arrayBuffers } = process.memoryUsage();
	return heapUsed + external + arrayBuffers;
}

/** A server that is content with every statement and takes every row. */
function anyServer(): Client {
	const copyStream = copyFrom('').constructor;
	const query = (statement: unknown) => {
		if (!(statement instanceof copyStream)) {
			return Promise.resolve({ rows: [{ version: '180004', tablespaces: [] }] });
		}
		const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
		return Object.assign(sink, { rowCount: 0 });
	};
	return { query } as unknown as Client;
}
