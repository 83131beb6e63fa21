import { isUtf8 } from 'node:buffer';
import type { Redis } from 'ioredis';
import { BackupError } from '../../errors';
import { scanKeys } from '../../redis/scan';
import type { RedisServer } from '../../redis/server';
import { escaped } from './find-queue';
import { type JobState, type Place, PLACES } from './job-states';
import { keyOf, type QueueName, qualifiedName } from './queue-name';

/** Ids that are read at once. */
const PAGE = 500;
/** Each page reaches back into the last one, as a queue that is worked off moves under the reader. */
const OVERLAP = 100;
/** Jobs that are read at once are to come to about this size. */
const BATCH_BYTES = 4 * 1024 * 1024;
const LARGEST_BATCH = 250;

/** A job and where it was, both of the same instant. */
export interface ReadJob {
	state: JobState;
	id: string;
	/** By which a sorted set orders it. */
	score?: number;
	/** Its hash, as Redis holds it. */
	fields: Readonly<Record<string, Buffer>>;
}

/**
 * Reads the jobs of a queue while it is used, and writes nothing. State and content of a job are read in
 * one transaction. A job that is there all the time comes exactly once, wherever it moves: first the
 * lists are read, in their order, then every key of the queue is looked at for jobs that were in none of
 * the lists when these were read. Memory: a batch of jobs, and the ids of all.
 */
export class JobReader {
	private readonly seen = new Set<string>();
	private batch = 16;

	/** @param below another queue, whose keys may begin like those of a job of this one */
	constructor(
		private readonly client: Redis,
		private readonly server: RedisServer,
		private readonly queue: QueueName,
		private readonly below?: QueueName,
	) {}

	/** Some at a time. Throws what ioredis throws. */
	async *jobs(): AsyncGenerator<ReadJob[]> {
		for (const place of PLACES) yield* this.jobsIn(place);
		yield* this.jobsElsewhere();
	}

	private async *jobsIn(place: Place): AsyncGenerator<ReadJob[]> {
		for (let offset = 0; ; offset += PAGE - OVERLAP) {
			const [command, ...bounds] = range(place, offset, PAGE);
			const members = await this.client.call(command, keyOf(this.queue, place.part), ...bounds);
			const ids = idsIn(place, members as string[]);
			yield* this.inBatches(
				ids.filter((id) => !this.seen.has(this.nameOf(place.state, id))),
				async (some) => await this.readTogether(place, offset, some),
			);
			if (ids.length < PAGE) return;
		}
	}

	/** Content and place in one transaction. Who has left the place meanwhile is met again later. */
	private async readTogether(
		place: Place,
		offset: number,
		ids: readonly string[],
	): Promise<ReadJob[]> {
		const from = Math.max(0, offset - OVERLAP);
		const [command, ...bounds] = range(place, from, PAGE + 2 * OVERLAP);
		const isSorted = place.kind === 'sorted set';
		const transaction = this.client
			.multi()
			.call(command, keyOf(this.queue, place.part), ...bounds, ...(isSorted ? ['WITHSCORES'] : []));
		for (const id of ids) transaction.hgetallBuffer(this.keyIn(place.state, id));
		const [members, ...hashes] = await answersOf(transaction);
		const there = placesIn(members as string[], isSorted);
		return ids.flatMap((id, index) => {
			const fields = hashes[index] as ReadJob['fields'];
			if (!there.has(id) || !isEntry(place.state, fields)) return [];
			const score = there.get(id);
			return [{ state: place.state, id, ...(score !== undefined && { score }), fields }];
		});
	}

	/** Jobs that moved while the lists were read, that came since, or that are in no list. */
	private async *jobsElsewhere(): AsyncGenerator<ReadJob[]> {
		const start = `${qualifiedName(this.queue)}:`;
		const below = this.below && `${qualifiedName(this.below)}:`;
		const pattern = `${escaped(start)}*`;
		for await (const names of scanKeys(this.client, this.server, { pattern, type: 'hash' })) {
			const ids = names
				.filter((name) => below === undefined || !name.toString().startsWith(below))
				.map((name) => textOf(name).slice(start.length))
				.filter((id) => !this.seen.has(id));
			yield* this.inBatches([...new Set(ids)], async (some) => await this.locate(some));
		}
	}

	private async locate(ids: readonly string[]): Promise<ReadJob[]> {
		const places = PLACES.filter(({ state }) => state !== 'scheduler');
		const transaction = this.client.multi();
		for (const id of ids) {
			transaction.hgetallBuffer(keyOf(this.queue, id));
			for (const { part, kind } of places) {
				const key = keyOf(this.queue, part);
				if (kind === 'list') transaction.lpos(key, id);
				else transaction.zscore(key, id);
			}
		}
		const answers = await answersOf(transaction);
		return ids.flatMap((id, index): ReadJob[] => {
			const [hash, ...found] = answers.slice(index * (places.length + 1));
			const fields = hash as ReadJob['fields'];
			if (!isEntry('unknown', fields)) return [];
			const at = places.findIndex((_, place) => found[place] !== null);
			const place = places[at];
			if (!place) return [{ state: 'unknown', id, fields }];
			const score = place.kind === 'list' ? undefined : Number(found[at]);
			return [{ state: place.state, id, ...(score !== undefined && { score }), fields }];
		});
	}

	private async *inBatches(
		ids: readonly string[],
		read: (some: readonly string[]) => Promise<ReadJob[]>,
	): AsyncGenerator<ReadJob[]> {
		for (let at = 0; at < ids.length;) {
			const some = ids.slice(at, at + this.batch);
			at += some.length;
			const jobs = await read(some);
			for (const { state, id } of jobs) this.seen.add(this.nameOf(state, id));
			this.adapt(some.length, jobs);
			if (jobs.length > 0) yield jobs;
		}
	}

	/** Large jobs are asked for one by one, small ones by the hundred. */
	private adapt(asked: number, jobs: readonly ReadJob[]): void {
		const bytes = jobs
			.flatMap(({ fields }) => Object.values(fields))
			.reduce((sum, { length }) => sum + length, 0);
		const fitting = Math.floor((BATCH_BYTES * asked) / Math.max(1, bytes));
		this.batch = Math.min(LARGEST_BATCH, this.batch * 2, Math.max(1, fitting));
	}

	/** A scheduler's hash is beside those of the jobs. */
	private nameOf(state: JobState, id: string): string {
		return state === 'scheduler' ? `repeat:${id}` : id;
	}

	private keyIn(state: JobState, id: string): string {
		return keyOf(this.queue, this.nameOf(state, id));
	}
}

/** The command for a page of ids. Workers take from the right end of a list: there the oldest are. */
function range({ kind }: Place, offset: number, length: number): [string, number, number] {
	return kind === 'list'
		? ['LRANGE', -(offset + length), -(offset + 1)]
		: ['ZRANGE', offset, offset + length - 1];
}

function idsIn({ kind }: Place, members: string[]): string[] {
	return kind === 'list' ? members.reverse() : members;
}

function placesIn(members: readonly string[], isSorted: boolean): Map<string, number | undefined> {
	if (!isSorted) return new Map(members.map((id) => [id, undefined]));
	const places = new Map<string, number>();
	for (let at = 0; at + 1 < members.length; at += 2) {
		places.set(members[at] as string, Number(members[at + 1]));
	}
	return places;
}

/** Other hashes of a queue have no time of creation; a job that was removed has nothing. */
function isEntry(state: JobState, fields: ReadJob['fields']): boolean {
	return state === 'scheduler' || 'timestamp' in fields;
}

async function answersOf(transaction: ReturnType<Redis['multi']>): Promise<unknown[]> {
	const answers = (await transaction.exec()) ?? [];
	return answers.map(([error, answer]) => {
		if (error) throw error;
		return answer;
	});
}

function textOf(name: Buffer): string {
	if (isUtf8(name)) return name.toString();
	throw new BackupError('The queue has a key whose name is not text.', {
		hint: 'No version of BullMQ makes such keys. Back the server up by a snapshot instead.',
	});
}
