import { once } from 'node:events';
import { Worker } from 'bullmq';
import { fingerprintOf } from '../../../core/repository/fingerprint';
import { verifyExport } from '../../../core/rentguy/queue/verify-export';
import { holdRepository } from '../../support/repository/held-repository';
import { DEAD, MAIN, PREFIX, QueueLab } from '../../support/rentguy-queue/queue-lab';

let lab: QueueLab;

beforeEach(async () => {
	lab = await QueueLab.open();
});
afterEach(async () => await lab.close());

it('gives exports of the same second ids of their own', async () => {
	await lab.fill();
	const ids = [];
	for (let run = 0; run < 3; run++) ids.push((await lab.export({ name: 'again' })).id);
	expect(new Set(ids).size).toBe(3);
});

it('exports every job of every state as it is, and counts them', async () => {
	await lab.fill();
	const stored = await lab.stored();
	const given = await lab.stored(DEAD);
	const manifest = await lab.export();
	const lines = await lab.linesOf(manifest);
	const jobs = lines.filter(({ state }) => state !== 'scheduler');
	const read = jobs.map(({ queue, id, state, score, job }) => ({
		...{ queue, id, state, fields: job },
		...(score !== undefined && { score }),
	}));
	const order = (list: { id: string }[]) => list.sort((a, b) => a.id.localeCompare(b.id));
	expect(order(read)).toEqual(
		order([
			...stored.map((job) => ({ queue: 'main', ...job })),
			...given.map((job) => ({ queue: 'dead', ...job })),
		]),
	);
	const [scheduler] = lines.filter(({ state }) => state === 'scheduler');
	expect(scheduler).toMatchObject({ id: 'nightly', job: { name: 'sweep', pattern: '0 3 * * *' } });
	expect(fingerprintOf(manifest, 'rentguy-queue')).toEqual({
		...{ component: 'rentguy-queue', consistency: 'fuzzy' },
		queues: {
			main: {
				...{ name: MAIN, paused: false },
				jobs: {
					...{ scheduler: 1, 'waiting-children': 1, delayed: 4, prioritized: 2 },
					...{ waiting: 4, active: 1, completed: 1, failed: 1 },
				},
			},
			dead: { name: DEAD, paused: false, jobs: { waiting: 2 } },
		},
	});
	expect(manifest.source).toMatchObject({
		...{ serverVersion: expect.stringMatching(/^\d/), database: '0' },
		properties: { prefix: PREFIX, queue: 'rentguy-sync', deadLetterQueue: 'rentguy-sync:dead' },
	});
	expect(manifest.warnings).toEqual([expect.stringContaining('This export is fuzzy')]);
	expect(await verifyExport(lab.repository, manifest)).toMatchObject({ jobs: lines.length });
});

it('finds every job once that moves while it is read', async () => {
	const [jobs, kept] = [1500, new Set<string>()];
	await lab.main.addBulk(
		[...Array(jobs).keys()].map((n) => ({
			name: 'lead',
			data: { n },
			opts: { attempts: 3, backoff: n % 7, removeOnComplete: n % 5 === 0 },
		})),
	);
	const { host, port, password } = lab.redis;
	const worker = new Worker(
		'rentguy-sync',
		async ({ data, attemptsMade, id, opts }) => {
			if (opts.removeOnComplete === false) kept.add(String(id));
			if (data.n % 3 === 0 && attemptsMade === 0) throw new Error('later');
		},
		{ connection: { host, port, password }, prefix: PREFIX, concurrency: 50 },
	);
	await once(worker, 'completed');
	const first = await lab.export();
	const second = await lab.export();
	await worker.close();
	for (const manifest of [first, second]) {
		const ids = (await lab.linesOf(manifest)).map(({ id }) => id);
		expect(new Set(ids).size).toBe(ids.length);
		// Those that stay when they are done were there all the time.
		const found = new Set(ids);
		const stayed = [...Array(jobs).keys()].filter((n) => n % 5 !== 0).map((n) => String(n + 1));
		expect(stayed.filter((id) => !found.has(id))).toEqual([]);
	}
	expect(kept.size).toBeGreaterThan(100);
	expect((await lab.linesOf(first)).map(({ state }) => state)).toContain('completed');
});

it('does not lose a job that goes back to where it has read already', async () => {
	await lab.main.add('lead', { n: 'tried' }, { attempts: 2, backoff: 3_600_000 });
	const job = await lab.worker.getNextJob('token');
	const filler = 'x'.repeat(1_000_000);
	for (let n = 0; n < 20; n++) await lab.main.add('late', { filler }, { delay: 3_600_000 });
	const held = holdRepository(lab.repository);
	const running = lab.export({ repository: held.repository, compression: { algorithm: 'none' } });
	await held.reached;
	// It was active, and comes to stand among the delayed ones, of which the first ones are read.
	await job?.moveToFailed(new Error('503'), 'token', false);
	await lab.admin.zadd(`${MAIN}:delayed`, '1', job?.id ?? '');
	held.release();
	const lines = await lab.linesOf(await running);
	const found = lines.filter(({ id }) => id === job?.id);
	expect(found).toMatchObject([{ state: 'delayed', score: 1, job: { atm: '1' } }]);
	expect(lines).toHaveLength(21);
});

it('tells of jobs that no worker will ever take', async () => {
	await lab.main.add('lead', { n: 1 });
	await lab.admin.del(`${MAIN}:wait`);
	const manifest = await lab.export();
	expect(await lab.linesOf(manifest)).toMatchObject([{ id: '1', state: 'unknown' }]);
	expect(manifest.warnings.join(' ')).toContain('in no list of their queue');
});

it('keeps bytes that are no text', async () => {
	await lab.main.add('lead', {});
	await lab.admin.hset(`${MAIN}:1`, 'odd', Buffer.from([0xff, 0x00, 0xfe]));
	const manifest = await lab.export();
	await lab.admin.flushall();
	await lab.import(manifest);
	expect(await lab.admin.hgetBuffer(`${MAIN}:1`, 'odd')).toEqual(Buffer.from([0xff, 0x00, 0xfe]));
});

it('exports 100,000 jobs and counts each', async () => {
	const fill = `for n = 1, ARGV[1] do
		redis.call('HSET', KEYS[1] .. n, 'name', 'lead', 'data', ARGV[2], 'opts', '{}', 'timestamp', n)
		redis.call('LPUSH', KEYS[1] .. 'wait', n)
	end`;
	await lab.admin.eval(fill, 1, `${MAIN}:`, 100_000, JSON.stringify({ text: 'x'.repeat(500) }));
	const said = await lab.inProcess('export', { name: 'many' });
	expect(said?.error).toBeUndefined();
	expect(said?.result?.payload.raw.bytes).toBeGreaterThan(60_000_000);
	expect(fingerprintOf(said?.result ?? {}, 'rentguy-queue')?.queues.main.jobs).toEqual({
		waiting: 100_000,
	});
});
