import { Socket } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Extension } from '@electric-sql/pglite';
import { PGlite } from '@electric-sql/pglite';
import { exportName, modulePath } from './bundled-extensions';
import { type PgliteJob, WIRE_DESCRIPTOR } from './job';
import { serveClient } from './wire-server';

/** The process of a test database: runs PGlite, which keeps the thread that it is on busy for long. */
async function main(job: PgliteJob): Promise<void> {
	new Worker(join(__dirname, 'parent-watch.js'), { env: {}, execArgv: [] }).unref();
	const database = await PGlite.create({
		dataDir: job.dataDirectory,
		extensions: await loadExtensions(job.extensions),
		startParams: [...PGlite.defaultStartParams, ...settings(job)],
	});
	if (job.task === 'serve') {
		await serveClient(new Socket({ fd: WIRE_DESCRIPTOR }), async (messages) =>
			Buffer.from(await database.execProtocolRaw(messages, { syncToFs: false })),
		);
	}
	await database.close();
}

async function loadExtensions(names: readonly string[]): Promise<Record<string, Extension>> {
	const loaded = names.map(async (name): Promise<[string, Extension]> => {
		const module = (await import(modulePath(name))) as Record<string, Extension | undefined>;
		const extension = module[exportName(name)];
		if (!extension) throw new Error(`The module of extension ${name} does not have it.`);
		return [exportName(name), extension];
	});
	return Object.fromEntries(await Promise.all(loaded));
}

function settings({ locksPerTransaction }: PgliteJob): string[] {
	return [
		// Rows that go into a table of the same transaction need no log, and nothing is replicated.
		'wal_level=minimal',
		'max_wal_senders=0',
		// The rest is the file cache of the system, which does not count as this process's memory.
		'shared_buffers=16MB',
		`max_locks_per_transaction=${locksPerTransaction}`,
	].flatMap((setting) => ['-c', setting]);
}

main(JSON.parse(process.argv[2] ?? '') as PgliteJob).then(
	() => process.exit(0),
	(error: unknown) => {
		process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
		process.exit(1);
	},
);
