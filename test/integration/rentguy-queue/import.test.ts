import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { QueueEvents, Worker } from 'bullmq';
import type { Manifest } from '../../../core/repository/manifest';
import { createBackupId } from '../../../core/repository/naming';
import { writeBackup } from '../../../core/repository/write-backup';
import {
	DEAD,
	MAIN,
	PREFIX,
	QUEUE,
	QueueLab,
	type StoredJob,
} from '../../support/rentguy-queue/queue-lab';
import { requestFor } from '../../support/repository/sample-backup';

let lab: QueueLab;

beforeEach(async () => {
	lab = await QueueLab.open();
});
afterEach(async () => await lab.close());

/** What is to be put back of what the queue held. */
function pendingOf(jobs: readonly StoredJob[]): StoredJob[] {
	const pending = jobs.filter(
		({ state, fields }) =>
			['waiting', 'active', 'paused', 'delayed', 'prioritized'].includes(state) &&
			fields.parentKey === undefined,
	);
	const restored = pending.map((job) =>
		['active', 'paused'].includes(job.state) ? { ...job, state: 'waiting' } : job,
	);
	// Among prioritized jobs the order counts, and not by which numbers it is kept.
	return withoutPriorityScores(restored);
}

function withoutPriorityScores(jobs: readonly StoredJob[]): StoredJob[] {
	return jobs.map(({ score, ...job }) =>
		job.state === 'prioritized' || score === undefined ? job : { ...job, score },
	);
}

const byId = (jobs: readonly StoredJob[]) =>
	[...jobs].sort((one, other) => one.id.localeCompare(other.id));

/** As a job that a platform adds gets it. */
async function nextId(): Promise<string | undefined> {
	return (await lab.main.add('new', {})).id;
}

it('brings pending jobs back as they were into a server that has lost everything', async () => {
	await lab.fill();
	await lab.admin.rpush(`${MAIN}:paused`, 'old');
	await lab.admin.hset(`${MAIN}:old`, {
		name: 'lead',
		data: '{}',
		opts: '{}',
		timestamp: '7',
		delay: '0',
		priority: '0',
	});
	const [before, given] = [await lab.stored(), await lab.stored(DEAD)];
	const manifest = await lab.export();
	await lab.admin.flushall();
	const result = await lab.import(manifest);
	const after = await lab.stored();
	expect(byId(withoutPriorityScores(after))).toEqual(byId(pendingOf(before)));
	expect(await lab.stored(DEAD)).toEqual(given);
	const order = (state: string, jobs = after) =>
		jobs.filter((job) => job.state === state).map(({ id }) => id);
	// What was in work goes on first, then as it was.
	expect(order('waiting')).toEqual(['4', 'old', '5', 'booking-7', '7']);
	expect(order('prioritized')).toEqual(order('prioritized', before));
	expect(result).toMatchObject({
		...{ dryRun: false, putBack: 13, missing: 13, alreadyThere: 0, idTaken: 0, leftOut: 5 },
		queues: [
			{
				...{ role: 'main', name: MAIN },
				putBack: { active: 1, delayed: 4, paused: 1, prioritized: 2, waiting: 3 },
				leftOut: { completed: 1, failed: 1, flow: 1, scheduler: 1, 'waiting-children': 1 },
			},
			{ role: 'dead', name: DEAD, putBack: { waiting: 2 }, leftOut: {} },
		],
	});
	expect(result.warnings.join(' ')).toMatch(/done a second time.*worked on.*: 1.*Failed jobs.*: 1/);
	expect(Number(await nextId())).toBeGreaterThan(11);
});

it('can be done by hand, by the lines in the manifest', async () => {
	await lab.fill();
	const [before, given] = [await lab.stored(), await lab.stored(DEAD)];
	const manifest = await lab.export();
	await lab.admin.flushall();
	const { host, port, password } = lab.redis;
	const lines = manifest.howToRestore.map((line) =>
		line.startsWith('export REDIS_URL=')
			? `export REDIS_URL=redis://:${password}@${host}:${port}`
			: line,
	);
	const { component, name, id } = manifest;
	const libraries = join(__dirname, '../../../node_modules');
	const script = [`ln -sfn '${libraries}' node_modules`, ...lines].join('\n');
	const runByHand = () =>
		execFileSync('bash', ['-e', '-c', script], {
			cwd: join(lab.directory, 'repository', component, name, id),
			encoding: 'utf8',
		});
	expect(runByHand()).toBe('12 jobs put back\n');
	expect(byId(await lab.stored())).toEqual(
		byId(
			before
				.filter((job) => pendingOf(before).some((pending) => pending.id === job.id))
				.map((job) => (job.state === 'active' ? { ...job, state: 'waiting' } : job)),
		),
	);
	expect(await lab.stored(DEAD)).toEqual(given);
	expect(runByHand()).toBe('0 jobs put back\n');
	expect(Number(await nextId())).toBeGreaterThan(11);
	const worker = await lab.worker.getNextJob('token');
	expect(worker?.data).toEqual({ n: 'in work' });
});

it('puts nothing back twice, whatever has become of it since', async () => {
	await lab.fill();
	const manifest = await lab.export();
	const before = await lab.stored();
	const again = await lab.import(manifest);
	expect(again).toMatchObject({ putBack: 0, missing: 0, alreadyThere: 12, idTaken: 0 });
	expect(await lab.stored()).toEqual(before);
	await lab.admin.flushall();
	await lab.import(manifest);
	const job = await lab.worker.getNextJob('token');
	await job?.moveToCompleted('sent', 'token', false);
	expect(await lab.import(manifest)).toMatchObject({ putBack: 0, alreadyThere: 12 });
	expect((await lab.main.getJobCounts()).completed).toBe(1);
});

it('leaves jobs for workers that they can do, and that keep their like out', async () => {
	await lab.main.add('booking', { n: 1 }, { deduplication: { id: 'contact-9' }, attempts: 3 });
	await lab.main.add('booking', { n: 2 });
	const manifest = await lab.export();
	await lab.admin.flushall();
	await lab.import(manifest);
	await lab.main.add('booking', { n: 3 }, { deduplication: { id: 'contact-9' } });
	const { host, port, password } = lab.redis;
	const connection = { host, port, password };
	const seen: unknown[] = [];
	const events = new QueueEvents(QUEUE, { connection, prefix: PREFIX });
	await events.waitUntilReady();
	const worker = new Worker(
		QUEUE,
		async (job) => void seen.push([job.id, job.data, job.opts.attempts]),
		{ connection, prefix: PREFIX, autorun: false },
	);
	const drained = new Promise<void>((resolve) => worker.once('drained', resolve));
	void worker.run();
	await drained;
	await Promise.all([worker.close(), events.close()]);
	expect(seen).toEqual([
		['1', { n: 1 }, 3],
		['2', { n: 2 }, 0],
	]);
	// Done, it lets the next one in.
	await lab.main.add('booking', { n: 4 }, { deduplication: { id: 'contact-9' } });
	expect(await lab.main.getWaitingCount()).toBe(1);
});

it('changes nothing in a dry run, and says what it would do', async () => {
	await lab.fill();
	const manifest = await lab.export();
	await lab.admin.flushall();
	const result = await lab.import(manifest, { dryRun: true });
	expect(result).toMatchObject({ dryRun: true, putBack: 0, missing: 12, leftOut: 5 });
	expect(result.warnings[0]).toBe(
		'Nothing was changed: this was a dry run. Jobs that would be put back: 12.',
	);
	expect(await lab.admin.dbsize()).toBe(0);
});

it('lets failed jobs wait for another attempt where it is asked to', async () => {
	await lab.fill();
	const manifest = await lab.export();
	await lab.admin.flushall();
	const { queues } = await lab.import(manifest, { withFailed: true });
	expect(queues[0]?.putBack.failed).toBe(1);
	const job = (await lab.stored()).find(({ id }) => id === '2');
	expect(job).toMatchObject({ state: 'waiting', fields: { data: '{"n":"failed"}', atm: '1' } });
	expect(job?.fields).not.toHaveProperty('failedReason');
	expect(job?.fields).not.toHaveProperty('finishedOn');
});

it('says so where another job has the id by now, and leaves that alone', async () => {
	await lab.main.add('lead', { n: 'old' });
	await lab.main.add('lead', { n: 'old too' });
	const manifest = await lab.export();
	await lab.admin.flushall();
	await lab.main.add('lead', { n: 'new' });
	const result = await lab.import(manifest);
	expect(result).toMatchObject({ putBack: 1, idTaken: 1, queues: [{ takenIds: ['1'] }, {}] });
	expect(result.warnings.join(' ')).toContain('has their id by now: 1 (1)');
	const jobs = await lab.main.getJobs('waiting', 0, -1, true);
	expect(jobs.map(({ id, data }) => [id, data.n])).toEqual([
		['1', 'new'],
		['2', 'old too'],
	]);
	expect(await nextId()).toMatch(/^[3-9]$/);
});

it('lets no job of a forged export take the place of what belongs to the queue itself', async () => {
	await lab.main.add('lead', { n: 1 });
	const { payload, id, consistencyPoint, ...facts } = await lab.export();
	const [line] = await lab.linesOf({ payload, id, consistencyPoint, ...facts });
	const ids = ['7', 'active', 'wait', 'meta', 'marker', 'stalled'];
	const lines = ids.map((forged) => JSON.stringify({ ...line, id: forged }));
	const { engine, source, options, component, name, fingerprint } = facts;
	if (fingerprint?.component !== 'rentguy-queue') throw new Error('That is no export of a queue.');
	fingerprint.queues.main.jobs = { waiting: ids.length };
	const forged = await writeBackup(
		lab.repository,
		requestFor(
			{
				stream: Readable.from([Buffer.from(`${lines.join('\n')}\n`)], { objectMode: false }),
				complete: async () => ({ engine, source, options, fingerprint, warnings: [] }),
			},
			{ component, name, id: createBackupId(name, new Date('2026-01-01T00:00:00Z')) },
		),
	);
	await lab.admin.flushall();
	const result = await lab.import(forged);
	expect(result).toMatchObject({
		putBack: 1,
		idTaken: 5,
		queues: [{ takenIds: ids.slice(1) }, {}],
	});
	expect(await lab.admin.exists(`${MAIN}:active`, `${MAIN}:stalled`)).toBe(0);
	expect(await lab.main.getWaitingCount()).toBe(1);
});

it('puts jobs into a queue of another name, beside which nothing changes', async () => {
	await lab.fill();
	const manifest = await lab.export();
	const before = await lab.stored();
	const result = await lab.import(manifest, { prefix: 'bull:drill', queue: 'copy' });
	expect(result.queues.map(({ name }) => name)).toEqual([
		'bull:drill:copy',
		'bull:drill:copy:dead',
	]);
	expect(byId(withoutPriorityScores(await lab.stored('bull:drill:copy')))).toEqual(
		byId(pendingOf(before)),
	);
	expect(await lab.stored()).toEqual(before);
});

it('shares the work with another import at the same time', async () => {
	const manifest = await manyJobs(1500);
	const results = await Promise.all([lab.import(manifest), lab.import(manifest)]);
	const sum = (of: 'putBack' | 'alreadyThere') => results.reduce((all, one) => all + one[of], 0);
	expect([sum('putBack'), sum('alreadyThere')]).toEqual([1500, 1500]);
	const ids = (await lab.stored()).map(({ id }) => id);
	expect(ids).toHaveLength(1500);
	expect(new Set(ids).size).toBe(1500);
});

it('does not add to a paused queue of an older BullMQ, which would lose the jobs', async () => {
	await lab.main.add('lead', {});
	await lab.main.pause();
	const manifest = await lab.export();
	await lab.admin.del(`${MAIN}:1`, `${MAIN}:wait`);
	await lab.admin.hset(`${MAIN}:meta`, 'version', 'bullmq:5.34.0');
	await expect(lab.import(manifest)).rejects.toThrow('The queue bull:mr-dj:rentguy-sync is paused');
	await lab.admin.hset(`${MAIN}:meta`, 'version', 'bullmq:6.7.0');
	expect(await lab.import(manifest)).toMatchObject({ putBack: 1 });
	await lab.admin.flushall();
	const { warnings } = await lab.import(manifest);
	expect(warnings.join(' ')).toContain('was paused when it was exported and is not now');
});

/** An export of so many waiting jobs, which are then lost. */
async function manyJobs(count: number): Promise<Manifest> {
	await lab.main.addBulk([...Array(count).keys()].map((n) => ({ name: 'lead', data: { n } })));
	const manifest = await lab.export();
	await lab.admin.flushall();
	return manifest;
}
