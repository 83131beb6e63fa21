import type { Readable } from 'node:stream';
import type { PostgresServer } from '../connection';

/** One run of pg_dump, without the options that each engine sets by itself. */
export interface DumpJob {
	server: PostgresServer;
	database: string;
	/** An exported snapshot whose session stays open until the dump has finished. */
	snapshotId?: string;
	/** pg_dump options without connection, password, format or output. */
	arguments: readonly string[];
}

/** A pg_dump at work. */
export interface RunningDump {
	/**
	 * The archive in custom format, uncompressed. When pg_dump fails it may end as well as error: only
	 * `finished` tells that the archive is whole. Its chunks belong to whoever reads them.
	 */
	readonly stream: Readable;
	/**
	 * Resolves with what pg_dump said when it exited with 0; rejects with a `BackupError` that carries
	 * its own message otherwise. Settles only when nothing of the engine is left running.
	 */
	readonly finished: Promise<{ warnings: string[] }>;
}

/** Something that runs the real pg_dump. */
export interface DumpEngine {
	readonly name: 'native' | 'embedded';
	/** Version of pg_dump, e.g. `18.3`. */
	readonly version: string;
	/** Servers up to this major version can be dumped. */
	readonly major: number;
	/** Starts at once; an abort ends it, and `finished` then rejects. */
	dump(job: DumpJob, signal: AbortSignal): RunningDump;
}
