import type { PostgresServer } from '../connection';

/** Where and how far a restore test may go. */
export interface RestoreTestOptions {
	/**
	 * Restores into a database of a random name on this server, and drops it. Without one, into a
	 * Postgres that is part of this package, in a process of its own: nothing needs to be installed.
	 */
	readonly server?: PostgresServer;
	/** What restores to `server`; `auto` by default. */
	readonly engine?: 'auto' | 'native' | 'own';
	/** Folder with a pg_restore to use instead of those found by themselves. */
	readonly binariesDirectory?: string;
	/** Existing folder for the scratch data of the test in process; that of the system by default. */
	readonly scratchDirectory?: string;
	/** Keeps the empty database that every test in process begins with; made where it is missing. */
	readonly cacheDirectory?: string;
	/** Dumps with more raw bytes are not tested in process; 5 GB (5e9) by default. */
	readonly maxBytes?: number;
}

/** Something in the dump that the test could not hold, and so could not prove. */
export interface Exclusion {
	/** E.g. `EXTENSION dblink`. */
	readonly object: string;
	/** Why, as a sentence. */
	readonly reason: string;
	/** What was left out with it, because it needs it; never a table that has rows. */
	readonly dependents: readonly string[];
}

/** What a restore test has compared. */
export interface RestoreTestReport {
	/** E.g. `PGlite 0.5.16 (Postgres 18.6)` or `Postgres 15.18`. */
	readonly ranOn: string;
	readonly tables: number;
	readonly rows: number;
	/** Sequences whose value was compared. */
	readonly sequences: number;
	/** Absent where the backup did not count them. */
	readonly largeObjects?: number;
	/** Objects of the backup's list that were looked for; absent where the backup has no list. */
	readonly objects?: number;
	/** Whether row counts were compared with the backup's; false where it has none. */
	readonly countsCompared: boolean;
	/** Whether checksums were compared too. */
	readonly checksumsCompared: boolean;
	/** Empty where the whole dump was restored. */
	readonly exclusions: readonly Exclusion[];
}
