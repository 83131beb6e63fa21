import type { Readable, Writable } from 'node:stream';

/** One key of a store, as its listing gives it. */
export interface StoredObject {
	/** Path below the repository's root, with `/` between its parts. */
	readonly key: string;
	readonly bytes: number;
	readonly modifiedAt: Date;
}

/** What matters of a place when copies are counted. */
export interface StorePlace {
	readonly kind: 'directory' | 's3';
	/** Host name of an S3 server that is not AWS itself. */
	readonly host?: string;
	/** By the settings: for how many days nobody can delete what is written. */
	readonly lockedDays?: number;
}

/** What keeps the server from removing an object. */
export interface Lock {
	/** Until then, by the server's clock. */
	readonly until?: Date;
	/** Until somebody takes the hold away. */
	readonly legalHold: boolean;
}

/** An object that could not be removed. */
export interface Refusal {
	readonly key: string;
	/** One or two sentences. */
	readonly reason: string;
	/** Set where a lock was the reason, which is no fault. */
	readonly lock?: Lock;
}

/** What came of a removal; keys that are not refused are gone. */
export interface Removal {
	readonly refused: readonly Refusal[];
	/** What a person should know about the others, as sentences. */
	readonly notes: readonly string[];
}

/** A write that was begun and never committed. */
export interface AbandonedWrite {
	readonly key: string;
	readonly lastWrittenAt: Date;
	remove(signal?: AbortSignal): Promise<void>;
}

/**
 * A place that keeps write-once objects. Keys are never overwritten: writers and `putIfAbsent` reject
 * with `ConflictError` where the key exists.
 */
export interface Store {
	/** For people, without secrets: `directory /backups`, `S3 bucket dr-backups/mrdj`. */
	readonly label: string;
	/** Absent where nobody knows. */
	readonly place?: StorePlace;
	/** Every committed object below `prefix`, in key order; uncommitted leftovers are not listed. */
	list(prefix: string, signal?: AbortSignal): AsyncIterable<StoredObject>;
	/** Rejects with `NotFoundError` where there is no such key. */
	read(key: string, signal?: AbortSignal): Promise<Readable>;
	/** `estimatedBytes` is a guess at the final size and may be missing or wrong. */
	createWriter(
		key: string,
		options: { estimatedBytes?: number; signal?: AbortSignal },
	): Promise<StoreWriter>;
	/** Creates a small object durably and atomically, or rejects with `ConflictError`. */
	putIfAbsent(key: string, body: Buffer, signal?: AbortSignal): Promise<void>;
	delete(key: string, signal?: AbortSignal): Promise<void>;
	/**
	 * Removes objects for good, with all their versions; those that are not there are no error. Rejects
	 * where the store as a whole fails.
	 */
	remove(keys: readonly string[], signal?: AbortSignal): Promise<Removal>;
	/** Those of the keys that cannot be removed now. */
	locks(keys: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Lock>>;
	/** The time by the clock that `modifiedAt` is read from. */
	now(signal?: AbortSignal): Promise<Date>;
	/** Begun writes of keys for which `isOurs` holds, that have taken no byte since an instant. */
	abandoned(
		isOurs: (key: string) => boolean,
		since: Date,
		signal?: AbortSignal,
	): AsyncIterable<AbandonedWrite>;
	/** Lists, writes, reads and deletes a probe; rejects with a plain reason and what to do. */
	check(signal?: AbortSignal): Promise<void>;
	/** Bytes that are free there, for stores that can tell. */
	freeBytes?(): Promise<number>;
}

/** One payload on its way into a store; invisible there until `commit` resolves. */
export interface StoreWriter {
	/** Takes the bytes with backpressure. Ending it does not make the object visible. */
	readonly stream: Writable;
	/** Makes the object durable and visible, and resolves once the store has confirmed its size. */
	commit(): Promise<{ bytes: number }>;
	/** Leaves nothing behind, before or after `commit`; may be called more than once. */
	abort(): Promise<void>;
}
