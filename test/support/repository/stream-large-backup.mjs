/**
 * Usage: node stream-large-backup.mjs <directory> <megabytes>
 *
 * Writes a backup of that size with zstd and age into the directory, reads it back, and prints the
 * memory of this process as JSON: in bytes, before, and the most while it wrote and while it read.
 */
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';

const load = (name) => createRequire(import.meta.url)(`../../../dist/core/repository/${name}.js`);
const { openRepository } = load('repository');
const { writeBackup } = load('write-backup');
const { openPayload } = load('read-backup');

const [path, megabytes] = process.argv.slice(2);
const identity = await generateX25519Identity();
const repository = openRepository({
	directory: { path },
	encryption: {
		kind: 'recipients',
		recipients: [await identityToRecipient(identity)],
		identities: [identity],
	},
});
const at = new Date('2026-11-22T17:00:00Z');
const backup = { component: 'postgres', name: 'large', id: 'large-20261122170000' };

const before = process.memoryUsage.rss();
const write = await peakOf(() =>
	writeBackup(repository, {
		...backup,
		consistencyPoint: at,
		startedAt: at,
		extension: 'dump',
		compression: { algorithm: 'zstd', level: 3 },
		source: {
			stream: Readable.from(pieces(), { objectMode: false }),
			complete: async () => ({
				engine: { name: 'test', version: '1' },
				source: { serverVersion: '16', properties: {} },
				options: {},
				warnings: [],
			}),
		},
		howToRestore: (decode) => [decode],
	}),
);
let bytes = 0;
const read = await peakOf(async () => {
	const { stream } = await openPayload(repository, backup);
	for await (const chunk of stream) bytes += chunk.length;
});
process.stdout.write(JSON.stringify({ bytes, before, write, read }));

/** A quarter of it cannot be compressed. */
function* pieces() {
	const noise = randomBytes(1024 * 1024);
	for (let index = 0; index < megabytes * 16; index++) {
		const start = (index * 7919) % (noise.length - 16_384);
		yield Buffer.concat([noise.subarray(start, start + 16_384), Buffer.alloc(49_152, index % 251)]);
	}
}

async function peakOf(action) {
	let peak = 0;
	const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
	await action();
	clearInterval(timer);
	return peak;
}
