import type { Client } from 'pg';
import type { ArchiveToc } from '../archive/toc';
import type { LeftOut } from './left-out';
import type { RestoreTestReport } from './restore-test';

/** A backup that was restored for a test, and a client that is logged in to the copy. */
export interface ScratchCopy {
	readonly client: Client;
	readonly toc: ArchiveToc;
	/** Restored. */
	readonly rows: number;
	/** E.g. `Postgres 15.18`. */
	readonly ranOn: string;
	readonly leftOut: Pick<LeftOut, 'ids' | 'exclusions'>;
	readonly warnings: readonly string[];
}

/** What was found by looking at a copy. */
export interface TestOutcome {
	readonly report: RestoreTestReport;
	/** Plain language; empty when all is as it was backed up. */
	readonly problems: readonly string[];
	readonly warnings: readonly string[];
}

/** Looks at a copy while it is there. */
export type Examine = (copy: ScratchCopy) => Promise<TestOutcome>;
