import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlowProducer, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { exportQueue } from '../../../core/rentguy/queue/export-queue';
import { importQueue } from '../../../core/rentguy/queue/import-queue';
import type { JobLine } from '../../../core/rentguy/queue/job-line';
import type { Manifest } from '../../../core/repository/manifest';
import { openPayload } from '../../../core/repository/read-backup';
import { openRepository, type Repository } from '../../../core/repository/repository';
import { contentOf } from '../repository/sample-backup';
import { type RunningRedis, startRedis } from '../redis-server';
import { talkTo } from '../talking-child';

export const PREFIX = 'bull:mr-dj';
export const QUEUE = 'rentguy-sync';
export const MAIN = `${PREFIX}:${QUEUE}`;
export const DEAD = `${MAIN}:dead`;

/** What the process of its own says. */
export interface Said {
	phase?: string;
	jobs?: number;
	result?: Manifest;
	error?: string;
}

/** A job as it is in Redis. */
export interface StoredJob {
	id: string;
	state: string;
	score?: number;
	fields: Record<string, string>;
}

const LISTS = { wait: 'waiting', active: 'active', paused: 'paused' };
const SETS = ['delayed', 'prioritized', 'completed', 'failed', 'waiting-children'];

/** The platform's Redis with its two queues, and a repository. */
export class QueueLab {
	private count = 0;

	private constructor(
		readonly redis: RunningRedis,
		readonly admin: Redis,
		readonly main: Queue,
		readonly dead: Queue,
		/** By it jobs are taken and finished one by one. */
		readonly worker: Worker,
		readonly directory: string,
		readonly repository: Repository,
	) {}

	static async open(): Promise<QueueLab> {
		const redis = await startRedis();
		const admin = redis.admin();
		const connection = { host: redis.host, port: redis.port, password: redis.password };
		const main = new Queue(QUEUE, { connection, prefix: PREFIX });
		const dead = new Queue('dead', { connection, prefix: MAIN });
		const worker = new Worker(QUEUE, null, { connection, prefix: PREFIX });
		// The test ends the server under them.
		for (const queue of [main, dead]) queue.on('error', () => undefined);
		worker.on('error', () => undefined);
		await Promise.all([main.getVersion(), dead.getVersion(), worker.waitUntilReady()]);
		const directory = await mkdtemp(join(tmpdir(), 'dr-queue-'));
		const path = join(directory, 'repository');
		const repository = openRepository({ directory: { path }, encryption: { kind: 'none' } });
		return new QueueLab(redis, admin, main, dead, worker, directory, repository);
	}

	/** At least one job of every state, and what jobs can carry with them. */
	async fill(): Promise<void> {
		const { main, dead, worker } = this;
		const keep = { removeOnComplete: false, removeOnFail: false };
		// The jobs that are taken come first, in the order in which they are taken.
		await main.add('lead', { n: 'done' }, keep);
		await main.add('lead', { n: 'failed' }, keep);
		await main.add('lead', { n: 'retried' }, { attempts: 3, backoff: 3_600_000 });
		await main.add('lead', { n: 'in work' });
		const take = async () => {
			const job = await worker.getNextJob('token');
			if (!job) throw new Error('There is no job to take.');
			return job;
		};
		await (await take()).moveToCompleted('sent', 'token', false);
		for (let failures = 0; failures < 2; failures++) {
			await (await take()).moveToFailed(new Error('RentGuy says 503'), 'token', false);
		}
		await take();
		await main.add('lead', { n: 'first', text: 'Zoë 🎧', big: '12345678901234567890' });
		await main.add('booking', { n: 'second' }, { jobId: 'booking-7', attempts: 5 });
		await main.add('booking', { n: 'third' }, { deduplication: { id: 'contact-9' } });
		await main.add('late', { n: 'tomorrow' }, { delay: 86_400_000, jobId: 'tomorrow' });
		await main.add('late', { n: 'next week' }, { delay: 604_800_000, priority: 4 });
		await main.add('urgent', { n: 'less' }, { priority: 9 });
		await main.add('urgent', { n: 'more' }, { priority: 2 });
		await main.upsertJobScheduler('nightly', { pattern: '0 3 * * *' }, { name: 'sweep' });
		const { host, port, password } = this.redis;
		const flows = new FlowProducer({ connection: { host, port, password }, prefix: PREFIX });
		await flows.add({
			...{ name: 'parent', queueName: QUEUE, data: { n: 'parent' } },
			children: [{ name: 'child', queueName: QUEUE, data: { n: 'child' } }],
		});
		await flows.close();
		await dead.add('lead', { n: 'given up', reason: '404' }, { jobId: 'dead-1' });
		await dead.add('lead', { n: 'given up too' });
	}

	/** A backup of its own name each time. */
	async export(changes: Partial<Parameters<typeof exportQueue>[0]> = {}, context = {}) {
		return await exportQueue(
			{
				...{ server: this.redis.server(), repository: this.repository, queue: QUEUE },
				...{ name: `export-${this.count++}`, compression: { algorithm: 'zstd', level: 1 } },
				...changes,
			},
			context,
		);
	}

	async import(
		{ component, name, id }: Manifest,
		changes: Partial<Parameters<typeof importQueue>[0]> = {},
		context: Parameters<typeof importQueue>[1] = {},
	) {
		return await importQueue(
			{
				...{ server: this.redis.server(), repository: this.repository },
				...{ backup: { component, name, id }, withFailed: false, dryRun: false },
				...changes,
			},
			context,
		);
	}

	/** The same in a process of its own; the backup is named by its id. */
	async inProcess(
		work: 'export' | 'import',
		input: object,
		onLine?: (said: Said, kill: () => void) => void,
	): Promise<Said | undefined> {
		const job = { work, directory: join(this.directory, 'repository') };
		const usual = {
			...{ server: this.redis.server(), queue: QUEUE, withFailed: false, dryRun: false },
			compression: { algorithm: 'zstd', level: 1 },
		};
		const whole = { ...job, input: { ...usual, ...input } };
		return await talkTo(join(__dirname, 'queue-child.mjs'), whole, onLine);
	}

	/** The lines of a backup. */
	async linesOf(backup: Manifest): Promise<JobLine[]> {
		const { stream } = await openPayload(this.repository, backup);
		const text = (await contentOf(stream)).toString();
		return text
			.split('\n')
			.slice(0, -1)
			.map((line) => JSON.parse(line) as JobLine);
	}

	/** All jobs of a queue, read without the code that is tested. */
	async stored(queue = MAIN): Promise<StoredJob[]> {
		const jobs: StoredJob[] = [];
		const fieldsOf = async (id: string) => await this.admin.hgetall(`${queue}:${id}`);
		for (const [part, state] of Object.entries(LISTS)) {
			for (const id of (await this.admin.lrange(`${queue}:${part}`, 0, -1)).reverse()) {
				jobs.push({ id, state, fields: await fieldsOf(id) });
			}
		}
		for (const state of SETS) {
			const members = await this.admin.zrange(`${queue}:${state}`, '0', '-1', 'WITHSCORES');
			for (let at = 0; at < members.length; at += 2) {
				const id = members[at] as string;
				jobs.push({ id, state, score: Number(members[at + 1]), fields: await fieldsOf(id) });
			}
		}
		return jobs;
	}

	/** Files in the repository and temporary ones. */
	async files(): Promise<string[]> {
		return (await readdir(this.directory, { recursive: true, withFileTypes: true }))
			.filter((entry) => entry.isFile())
			.map(({ name }) => name);
	}

	async close(): Promise<void> {
		await Promise.all([this.main.close(), this.dead.close(), this.worker.close(true)]);
		this.admin.disconnect();
		await this.redis.stop();
		await rm(this.directory, { recursive: true, force: true });
	}
}
