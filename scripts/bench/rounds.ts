import type { Measurement, Task } from './measurements';
import type { Stand } from './stand';

/** Medians over all rounds of one task. */
export interface Medians {
	readonly key: string;
	readonly wallMs: number;
	readonly cpuSeconds: number;
	readonly peakRssBytes: number;
	/** Of the operation alone, without the start of a process; nothing for other programs. */
	readonly operationMs?: number;
	readonly bytes?: number;
}

export interface Comparison {
	readonly measurement: Measurement;
	readonly medians: Medians;
	/** Of the wall times, ours to the baseline's of the same round: median, least and most. */
	readonly ratio: { readonly median: number; readonly least: number; readonly most: number };
}

export interface Outcome {
	readonly baselines: readonly Medians[];
	readonly comparisons: readonly Comparison[];
}

type Result = Awaited<ReturnType<Task['run']>>;

/**
 * Runs every measurement and every baseline once per round, so that what else the machine does falls
 * on all of them alike. A first round, which finds caches cold, is not counted.
 */
export async function measureAll(
	stand: Stand,
	measurements: readonly Measurement[],
	options: { runs: number; onRun: (round: number, key: string) => void; signal: AbortSignal },
): Promise<Outcome> {
	const baselines = [...new Set(measurements.map(({ baseline }) => baseline))];
	const tasks: readonly Task[] = [...baselines, ...measurements];
	const results = new Map<Task, Result[]>(tasks.map((task) => [task, []]));
	for (let round = 0; round <= options.runs; round++) {
		for (const task of tasks) {
			options.onRun(round, task.key);
			const result = await task.run(stand, options.signal);
			await stand.tidy();
			if (round > 0) results.get(task)?.push(result);
		}
	}
	const of = (task: Task) => results.get(task) ?? [];
	return {
		baselines: baselines.map((task) => mediansOf(task.key, of(task))),
		comparisons: measurements.map((measurement) => {
			const ratios = of(measurement).map(
				({ cost }, round) => cost.wallMs / (of(measurement.baseline)[round]?.cost.wallMs ?? NaN),
			);
			return {
				measurement,
				medians: mediansOf(measurement.key, of(measurement)),
				ratio: {
					median: median(ratios),
					least: Math.min(...ratios),
					most: Math.max(...ratios),
				},
			};
		}),
	};
}

function mediansOf(key: string, results: readonly Result[]): Medians {
	const known = (values: readonly (number | undefined)[]) => {
		const numbers = values.filter((value) => value !== undefined);
		return numbers.length === 0 ? undefined : median(numbers);
	};
	return {
		key,
		wallMs: median(results.map(({ cost }) => cost.wallMs)),
		cpuSeconds: median(results.map(({ cost }) => cost.cpuSeconds)),
		peakRssBytes: median(results.map(({ cost }) => cost.peakRssBytes)),
		operationMs: known(results.map(({ operationMs }) => operationMs)),
		bytes: known(results.map(({ bytes }) => bytes)),
	};
}

function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	const [low, high] = [(sorted.length - 1) >> 1, sorted.length >> 1];
	return ((sorted[low] ?? NaN) + (sorted[high] ?? NaN)) / 2;
}
