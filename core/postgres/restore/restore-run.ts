import type { Client } from 'pg';
import type { BackupRef } from '../../repository/catalogue';
import type { Manifest } from '../../repository/manifest';
import type { Repository } from '../../repository/repository';
import type { PostgresServer } from '../connection';
import type { CheckedArchive } from './check-archive';
import type { PreflightResult } from './preflight';
import type { RestoreEngine } from './restore-engine';
import type { RightsChoice } from './rights';

/** Everything that the steps of one restore share. */
export interface RestoreRun {
	readonly server: PostgresServer;
	readonly repository: Repository;
	readonly backup: BackupRef;
	readonly manifest: Manifest;
	/** The database that the restore is about. */
	readonly database: string;
	readonly engine: RestoreEngine;
	readonly owners: RightsChoice;
	readonly privileges: RightsChoice;
	readonly archive: CheckedArchive;
	readonly checked: PreflightResult;
	/** Holds the lock of the target. */
	readonly maintenance: Client;
	/** Marks the sessions of this very run, `n8n-dr-<purpose>` in the server's list. */
	readonly purpose: string;
	readonly signal?: AbortSignal;
}

/** What a restore has done, whatever its mode. */
export interface RestoreOutcome {
	readonly keptDatabase?: string;
	readonly tables: number;
	readonly rows: number;
	readonly checksumsCompared: boolean;
	readonly warnings: readonly string[];
}
