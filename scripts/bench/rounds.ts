import type { OperationResult } from './operation';

type Result = Pick<OperationResult, 'cost' | 'bytes'> & { readonly operationMs?: number };

/** Something that can be done again and again, and measured each time. */
export interface Task<Stand> {
	/** In the output; a measurement's is its key in the JSON too. */
	readonly key: string;
	/** Whether its own time counts in a ratio, and not that of its process from start to end. */
	readonly isComparedAlone?: boolean;
	run(stand: Stand, signal: AbortSignal): Promise<Result>;
}

/** A task of ours, to be compared with the plan's own way. */
export interface Measurement<Stand> extends Task<Stand> {
	readonly baseline: Task<Stand>;
	/** The ratio of wall times that is not to be exceeded. */
	readonly goal?: number;
	/** Shown to people, but no key of the JSON. */
	readonly isDetail?: boolean;
}

/** What a measurement is worth showing with. */
export type MeasurementFacts = Omit<Measurement<never>, 'run' | 'baseline'>;

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
	readonly measurement: MeasurementFacts;
	readonly medians: Medians;
	/** Of the wall times, ours to the baseline's of the same round: median, least and most. */
	readonly ratio: { readonly median: number; readonly least: number; readonly most: number };
}

export interface Outcome {
	readonly baselines: readonly Medians[];
	readonly comparisons: readonly Comparison[];
}

/**
 * Runs every measurement and every baseline once per round, so that what else the machine does falls
 * on all of them alike. A first round, which finds caches cold, is not counted.
 */
export async function measureAll<Stand extends { tidy(): Promise<void> }>(
	stand: Stand,
	measurements: readonly Measurement<Stand>[],
	options: { runs: number; onRun: (round: number, key: string) => void; signal: AbortSignal },
): Promise<Outcome> {
	const baselines = [...new Set(measurements.map(({ baseline }) => baseline))];
	const tasks: readonly Task<Stand>[] = [...baselines, ...measurements];
	const results = new Map<Task<Stand>, Result[]>(tasks.map((task) => [task, []]));
	for (let round = 0; round <= options.runs; round++) {
		for (const task of tasks) {
			options.onRun(round, task.key);
			const result = await task.run(stand, options.signal);
			await stand.tidy();
			if (round > 0) results.get(task)?.push(result);
		}
	}
	const of = (task: Task<Stand>) => results.get(task) ?? [];
	return {
		baselines: baselines.map((task) => mediansOf(task.key, of(task))),
		comparisons: measurements.map((measurement) => {
			const baseline = of(measurement.baseline).map((one) => timeOf(measurement.baseline, one));
			const ratios = of(measurement).map(
				(one, round) => timeOf(measurement, one) / (baseline[round] ?? NaN),
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

function timeOf(
	{ isComparedAlone }: { readonly isComparedAlone?: boolean },
	{ cost, operationMs }: Result,
): number {
	return isComparedAlone ? (operationMs ?? cost.wallMs) : cost.wallMs;
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
