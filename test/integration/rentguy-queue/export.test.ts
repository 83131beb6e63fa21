import { fingerprintOf } from '../../../core/repository/fingerprint';
import { verifyExport } from '../../../core/rentguy/queue/verify-export';
import { DEAD, MAIN, PREFIX, QueueLab } from '../../support/rentguy-queue/queue-lab';

let lab: QueueLab;

beforeEach(async () => {
	lab = await QueueLab.open();
});
afterEach(async () => await lab.close());

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
