import type { RepositorySettings } from '../../core/repository/repository';
import { run, type Operation } from './operation';
import { dropDatabase, SAMPLE } from './sample-database';
import { setStand, type Stand } from './stand';

/** Peak memory of one operation, in a fresh process each time, on two sizes of one database. */
export interface MemoryGrowth {
	/** E.g. `create.embedded.s3`. */
	readonly key: string;
	readonly smallBytes: number;
	readonly largeBytes: number;
	/** Large to small. */
	readonly ratio: number;
}

export interface MemoryReport {
	readonly growths: readonly MemoryGrowth[];
	/** The largest ratio of each kind of operation. */
	readonly worst: Readonly<Record<'create' | 'restore' | 'verify', number>>;
}

export interface MemoryOptions {
	/** Of the two databases, about. */
	readonly smallMegabytes: number;
	readonly largeMegabytes: number;
	readonly signal: AbortSignal;
	readonly onRun?: (megabytes: number, key: string) => void;
}

const COPY = 'memory_copy';

/** In bytes, by the key of the operation. */
export type Peaks = Map<string, number>;

/** Measures how the peak memory of the whole process grows with the size of what is backed up. */
export async function measureMemory(options: MemoryOptions): Promise<MemoryReport> {
	const growths = await measureGrowth(peaksAt, options);
	const worst = (kind: string) => worstOf(growths.filter(({ key }) => key.startsWith(kind)));
	return {
		growths,
		worst: { create: worst('create'), restore: worst('restore'), verify: worst('verify') },
	};
}

/** Measures the same operations on both sizes. */
export async function measureGrowth(
	measurePeaks: (megabytes: number, options: MemoryOptions) => Promise<Peaks>,
	options: MemoryOptions,
): Promise<MemoryGrowth[]> {
	const small = await measurePeaks(options.smallMegabytes, options);
	const large = await measurePeaks(options.largeMegabytes, options);
	return [...small].map(([key, smallBytes]) => {
		const largeBytes = large.get(key) ?? NaN;
		return { key, smallBytes, largeBytes, ratio: largeBytes / smallBytes };
	});
}

/** The largest ratio. */
export function worstOf(growths: readonly MemoryGrowth[]): number {
	return Math.max(...growths.map(({ ratio }) => ratio));
}

async function peaksAt(megabytes: number, { signal, onRun }: MemoryOptions): Promise<Peaks> {
	const stand = await setStand(megabytes, signal);
	const peaks: Peaks = new Map();
	const measure = async (key: string, operation: Operation) => {
		onRun?.(megabytes, key);
		const { cost, backup } = await run(operation, signal);
		peaks.set(key, cost.peakRssBytes);
		return backup;
	};
	try {
		for (const [place, repository, engine] of placesOf(stand)) {
			const server = stand.server.server(SAMPLE);
			const create = { kind: 'create', server, repository, checksums: 'never' } as const;
			const backup = await measure(`create.${engine}.${place}`, { ...create, engine });
			if (!backup) throw new Error('There is no backup to verify and restore.');
			await measure(`verify.${place}`, { kind: 'verify', repository, backup, level: 'readable' });
			// No pg_restore of the server's own major reads what the embedded engine writes.
			for (const by of engine === 'native' ? (['own', 'native'] as const) : (['own'] as const)) {
				const restore = { kind: 'restore', server, repository, backup, database: COPY } as const;
				await measure(`restore.${by}.${place}`, { ...restore, engine: by });
				await dropDatabase(stand.server, COPY);
			}
			await stand.tidy();
		}
	} finally {
		await stand.clear();
	}
	return peaks;
}

/** Both engines, both kinds of stores, encrypted and not: each with each of the others at least once. */
function placesOf(stand: Stand): [string, RepositorySettings, 'native' | 'embedded'][] {
	const { disk, encryptedDisk, s3 } = stand;
	const encryptedS3 = { ...s3, encryption: encryptedDisk.encryption };
	return [
		['disk', disk, 'native'],
		['disk.encrypted', encryptedDisk, 'embedded'],
		['s3', s3, 'embedded'],
		['s3.encrypted', encryptedS3, 'native'],
	];
}
