import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { CreateDumpInput } from '../../../core/postgres/create-dump';
import type { RestoreDumpInput } from '../../../core/postgres/restore-dump';
import type { VerifyDumpInput } from '../../../core/postgres/verify-dump';
import type { CreateSnapshotInput } from '../../../core/redis/create-snapshot';
import type { RestoreSnapshotInput } from '../../../core/redis/restore/restore-snapshot';
import type { RepositorySettings } from '../../../core/repository/repository';
import type { VerifyBackupInput } from '../../../core/repository/verify-backup';

/** What a process is to do; JSON all through. */
export type Job = { repository: RepositorySettings } & (
	| { action: 'dump'; input: Omit<CreateDumpInput, 'repository'> }
	| { action: 'restore'; input: Omit<RestoreDumpInput, 'repository'> }
	| { action: 'verify'; input: Omit<VerifyDumpInput, 'repository'> }
	| { action: 'verifyBackup'; input: Omit<VerifyBackupInput, 'repository'> }
	| { action: 'snapshot'; input: Omit<CreateSnapshotInput, 'repository'> }
	| { action: 'restore snapshot'; input: Omit<RestoreSnapshotInput, 'repository'> }
);

export interface Outcome {
	result?: Record<string, unknown>;
	error?: { name: string; message: string; hint?: string };
	/** It was killed, or crashed. */
	killed?: true;
	/** What it wrote to standard error. */
	errors: string;
}

/** A process of its own that runs core. */
export class CoreProcess {
	private readonly lines: AsyncIterator<string>;
	private errors = '';

	private constructor(private readonly child: ChildProcessWithoutNullStreams) {
		this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
		child.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
		// It may be dead when it is told what to do.
		child.stdin.on('error', () => undefined);
	}

	/** `temporary` is its folder for temporary files; `options` are for Node, e.g. `--import=…`. */
	static async start(temporary: string, options: readonly string[] = []): Promise<CoreProcess> {
		const environment = { PATH: process.env.PATH, TMPDIR: temporary };
		const child = spawn(process.execPath, [...options, join(__dirname, 'run-core.mjs')], {
			env: environment,
		});
		const core = new CoreProcess(child);
		const { value } = (await core.lines.next()) as { value?: string };
		if (value !== 'ready') throw new Error(`The process did not start: ${core.errors}`);
		return core;
	}

	/** One job at a time. After an outcome that says `killed` the process has gone. */
	async run(job: Job): Promise<Outcome> {
		this.child.stdin.write(`${JSON.stringify(job)}\n`);
		const { value } = (await this.lines.next()) as { value?: string };
		if (value !== undefined) return { ...JSON.parse(value), errors: this.errors };
		await this.gone();
		return { killed: true, errors: this.errors };
	}

	/** As the kernel does when memory runs out: nothing in the process learns of it. */
	kill(): void {
		this.child.kill('SIGKILL');
	}

	/** Ends one that is not needed. */
	async stop(): Promise<void> {
		const gone = this.gone();
		this.kill();
		await gone;
	}

	private async gone(): Promise<void> {
		if (this.child.exitCode === null && this.child.signalCode === null) {
			await once(this.child, 'exit');
		}
	}
}
