import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { BackupRef } from '../../core/repository/catalogue';
import type { RepositorySettings } from '../../core/repository/repository';
import { inSteps, type Undo } from '../../test/support/in-steps';
import { type RunningPostgres, startPostgres } from '../../test/support/postgres-server';
import { plainDump } from './baselines';
import { run } from './operation';
import { startS3Process } from './s3-store';
import { createSample, SAMPLE } from './sample-database';

/** Everything that the measurements work on. */
export interface Stand {
	readonly server: RunningPostgres;
	readonly sampleBytes: number;
	/** Where measured backups go; emptied by `tidy`. */
	readonly disk: RepositorySettings;
	readonly encryptedDisk: RepositorySettings;
	readonly s3: RepositorySettings;
	/** A backup of the sample that stays. */
	readonly kept: { readonly repository: RepositorySettings; readonly backup: BackupRef };
	/** The same sample as the plan's own command has written it. */
	readonly plainDumpFile: string;
	/** A path for a file that is not kept. */
	readonly scratchFile: string;
	/** Removes what measured backups have written to disk. */
	tidy(): Promise<void>;
	/** Ends the servers and removes everything. */
	clear(): Promise<void>;
}

/** Writing to disk is the backup's own affair; the server itself keeps nothing. */
const SERVER_SETTINGS = { autovacuum: 'off', max_wal_size: '8GB', checkpoint_timeout: '1h' };

/** Starts the servers, builds the sample of about `megabytes`, and dumps it in both ways. */
export async function setStand(megabytes: number, signal: AbortSignal): Promise<Stand> {
	return await inSteps(async (undo) => await build(megabytes, signal, undo));
}

async function build(
	megabytes: number,
	signal: AbortSignal,
	undo: Undo,
): Promise<Omit<Stand, 'clear'>> {
	const folder = await mkdtemp(join(tmpdir(), 'dr-bench-'));
	undo.push(() => rm(folder, { recursive: true, force: true }));
	const server = await startPostgres({ major: 15, settings: SERVER_SETTINGS });
	undo.push(() => server.stop());
	const bucket = await startS3Process();
	undo.push(() => bucket.stop());
	signal.throwIfAborted();
	const sampleBytes = await createSample(server, megabytes);
	signal.throwIfAborted();

	const measured = join(folder, 'measured');
	await mkdir(measured);
	const plain = (path: string): RepositorySettings => ({
		directory: { path },
		encryption: { kind: 'none' },
	});
	const identity = await generateX25519Identity();
	const recipients = [await identityToRecipient(identity)];
	const kept = plain(join(folder, 'kept'));
	const { backup } = await run(
		{
			...{ kind: 'create', server: server.server(SAMPLE), repository: kept },
			...{ engine: 'native', checksums: 'never' },
		},
		signal,
	);
	if (!backup) throw new Error('The sample was not backed up.');
	const plainDumpFile = join(folder, 'plain.dump');
	await plainDump(server, plainDumpFile, signal);
	return {
		...{ server, sampleBytes, plainDumpFile },
		disk: plain(join(measured, 'plain')),
		encryptedDisk: {
			directory: { path: join(measured, 'encrypted') },
			encryption: { kind: 'recipients', recipients, identities: [identity] },
		},
		s3: { s3: bucket.settings, encryption: { kind: 'none' } },
		kept: { repository: kept, backup },
		scratchFile: join(measured, 'scratch.dump'),
		tidy: async () => {
			await rm(measured, { recursive: true });
			await mkdir(measured);
		},
	};
}
