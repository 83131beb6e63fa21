/**
 * Does one operation with the built package, as n8n would, and prints what is known of it as JSON:
 * `durationMs` without the start of the process, `bytes`, and the backup where one was made. Reads the
 * operation (see `operation.ts`) from standard input: it holds passwords.
 */
import { createRequire } from 'node:module';
import { json } from 'node:stream/consumers';

const require = createRequire(import.meta.url);
const load = (name) => require(`../../../dist/core/${name}.js`);
const open = (settings) => load('repository/repository').openRepository(settings);

/** How many commands a plain client has under way. */
const PIPELINED = 1000;

const operations = {
	async wire({ server }) {
		const { Spool } = load('redis/spool');
		const { receiveRdb } = load('redis/replication/receive-rdb');
		return async () => {
			const spool = await Spool.open();
			await receiveRdb(server, spool, { startTimeoutMs: 60_000, idleTimeoutMs: 60_000 });
			const { bytes } = spool;
			await spool.close();
			return { bytes };
		};
	},

	async create({ server, repository, method }) {
		const { createSnapshot } = load('redis/create-snapshot');
		return async () => {
			const { component, name, id, payload } = await createSnapshot({
				...{ server, repository: open(repository), method, name: 'bench' },
				compression: { algorithm: 'zstd', level: 3 },
			});
			return { bytes: payload.stored.bytes, backup: { component, name, id } };
		};
	},

	async restore({ server, repository, backup, method, mode }) {
		const { restoreSnapshot } = load('redis/restore/restore-snapshot');
		return async () => {
			await restoreSnapshot({
				...{ server, repository: open(repository), backup, method, mode },
				...{ selection: {}, existing: 'replace', flush: false },
				reachability: { bindAddress: '127.0.0.1', port: 0, advertisedHost: '127.0.0.1' },
			});
			return {};
		};
	},

	/** What anybody would write: reads the backup, and sends its commands by the thousand. */
	async pipeline({ server, repository, backup }) {
		const { Redis } = require('ioredis');
		const { openPayload } = load('repository/read-backup');
		const { CommandReader } = load('redis/resp/command-reader');
		return async () => {
			const { host, port, password } = server;
			const client = new Redis({ host, port, password });
			let commands = [];
			const reader = new CommandReader(
				{
					passesBy: () => false,
					piece: () => undefined,
					command: ([name, ...words]) => commands.push([String(name), ...words]),
				},
				(what) => new Error(what),
			);
			const send = async () => {
				const pipeline = client.pipeline();
				for (const words of commands) pipeline.call(...words);
				commands = [];
				const refused = (await pipeline.exec()).find(([error]) => error);
				if (refused) throw refused[0];
			};
			const { stream } = await openPayload(open(repository), backup);
			for await (const chunk of stream) {
				reader.push(chunk);
				if (commands.length >= PIPELINED) await send();
			}
			await send();
			client.disconnect();
			return {};
		};
	},
};

const { kind, ...input } = await json(process.stdin);
const operate = await operations[kind](input);
const startedAt = performance.now();
const result = await operate();
const durationMs = performance.now() - startedAt;
process.stdout.write(JSON.stringify({ ...result, durationMs }));
