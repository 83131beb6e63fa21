import { join } from 'node:path';
import type { PostgresServer } from '../../core/postgres/connection';
import type { BackupRef } from '../../core/repository/catalogue';
import type { RepositorySettings } from '../../core/repository/repository';
import { type Cost, measure } from './measured-process';

/** What `operation.mjs` can do. */
export type Operation =
	| {
			kind: 'create';
			server: PostgresServer;
			repository: RepositorySettings;
			engine: 'native' | 'embedded';
			checksums: 'always' | 'never';
	  }
	| {
			kind: 'restore';
			server: PostgresServer;
			repository: RepositorySettings;
			backup: BackupRef;
			database: string;
			engine: 'native' | 'own';
	  }
	| {
			kind: 'verify';
			repository: RepositorySettings;
			backup: BackupRef;
			level: 'readable' | 'restored';
	  };

export interface OperationResult {
	readonly cost: Cost;
	/** Of the operation alone, without the start of its process and the loading of the package. */
	readonly operationMs: number;
	/** That were stored, where something was. */
	readonly bytes?: number;
	readonly backup?: BackupRef;
}

/** Does one operation in a fresh process. */
export async function run(operation: Operation, signal: AbortSignal): Promise<OperationResult> {
	return await runScript(join(__dirname, 'operation.mjs'), operation, signal);
}

/** Has a script read the operation from its standard input, do it, and print what is known of it. */
export async function runScript(
	script: string,
	operation: object,
	signal: AbortSignal,
): Promise<OperationResult> {
	const { cost, output } = await measure(process.execPath, [script], {
		input: JSON.stringify(operation),
		signal,
	});
	const { durationMs, bytes, backup } = JSON.parse(output) as {
		durationMs: number;
		bytes?: number;
		backup?: BackupRef;
	};
	return { cost, operationMs: durationMs, bytes, backup };
}
