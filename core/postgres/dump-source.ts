import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { BackupError } from '../errors';
import type { Manifest } from '../repository/manifest';
import type { PayloadSource } from '../repository/write-backup';
import { ArchiveInspector } from './archive/inspector';
import { proveArchive } from './archive-proof';
import type { PostgresServer } from './connection';
import { explainDumpError } from './dump-error';
import { DumpOutput } from './dump-output';
import type { DumpEngine } from './engines/engine';
import { takeFingerprint } from './fingerprint';
import { readUsedNumbers } from './sequence-owners';
import type { ServerFacts } from './server-facts';
import type { Snapshot } from './snapshot';

/** Up to this size of tables, checksums cost little beside the dump itself. */
const AUTO_CHECKSUM_BYTES = 5 * 1024 ** 3;

export interface DumpSourceInput {
	server: PostgresServer;
	engine: DumpEngine;
	facts: ServerFacts;
	snapshot: Snapshot;
	/** The session that exported the snapshot. */
	client: ClientBase;
	signal: AbortSignal;
	lockTimeoutSeconds: number;
	checksums: 'auto' | 'always' | 'never';
	/** What the manifest says about the choices made. */
	options: Manifest['options'];
	/** What was found before the dump, for the manifest. */
	warnings: readonly string[];
	stallAfterMs: number;
	onBytes: (bytes: number) => void;
	/** Stops the whole run, with its reason. */
	fail: (reason: Error) => void;
}

export interface RunningSource {
	readonly source: PayloadSource;
	/** Known once the source is complete. */
	archiveVersion(): string;
	/** Stops whatever still runs, and resolves when nothing does. */
	end(): Promise<void>;
}

/**
 * Starts pg_dump on the snapshot and, beside it, the count of rows on the session that exported it.
 * The source is complete only when pg_dump ended well, the archive is whole and both counts agree.
 */
export function startDump(input: DumpSourceInput): RunningSource {
	const { engine, server, snapshot, fail } = input;
	const own = new AbortController();
	const running = engine.dump(
		{
			server,
			database: input.facts.database,
			snapshotId: snapshot.id,
			arguments: dumpArguments(input),
		},
		AbortSignal.any([input.signal, own.signal]),
	);
	const output = new DumpOutput({
		finished: running.finished,
		stallAfterMs: input.stallAfterMs,
		onStall: (bytes) => fail(stalled(bytes, input.stallAfterMs)),
		onBytes: input.onBytes,
	});
	const inspector = new ArchiveInspector();
	// A failure destroys the inspector with its reason: whoever reads that gets it.
	pipeline(running.stream, output, inspector).catch(() => undefined);

	const unsummed: string[] = [];
	const counting = count(input, (object, reason) => {
		unsummed.push(`${object} has no checksum, only a count: ${reason}`);
	});
	// There is no use in going on with a dump that cannot be proved.
	counting.catch((error: unknown) => fail(explainDumpError(error)));

	const complete = async () => {
		const { warnings } = await running.finished;
		const counted = await counting;
		const proof = proveArchive(
			snapshot.scope,
			inspector.summary,
			counted?.fingerprint,
			counted?.usedNumbers,
		);
		return {
			engine: { name: `pg_dump (${engine.name})`, version: engine.version },
			source: {
				serverVersion: input.facts.version,
				database: input.facts.database,
				...(input.facts.cluster !== undefined && { cluster: input.facts.cluster }),
				properties: input.facts.properties,
			},
			options: { ...input.options, archiveVersion: inspector.summary.version },
			fingerprint: proof.fingerprint,
			warnings: [
				...input.warnings,
				...snapshot.warnings,
				...snapshot.scope.warnings,
				...warnings,
				...proof.warnings,
				...unsummed,
			],
		};
	};
	return {
		source: { stream: inspector as Readable, release: (chunk) => output.release(chunk), complete },
		archiveVersion: () => inspector.summary.version,
		end: async () => {
			own.abort();
			await running.finished.catch(() => undefined);
		},
	};
}

function dumpArguments({ facts, snapshot, lockTimeoutSeconds }: DumpSourceInput): string[] {
	return [
		`--lock-wait-timeout=${Math.round(lockTimeoutSeconds * 1000)}`,
		// One encoding for all archives, so that names and rows can be read without the server's. There
		// is no such conversion for SQL_ASCII, which has bytes of any meaning.
		...(facts.encoding === 'SQL_ASCII' ? [] : ['--encoding=UTF8']),
		...snapshot.scope.arguments,
	];
}

async function count(
	{ client, snapshot, checksums }: DumpSourceInput,
	onUnsummed: (object: string, reason: string) => void,
) {
	if (!snapshot.locked) return undefined;
	const checksum =
		checksums === 'always' || (checksums === 'auto' && snapshot.dataBytes <= AUTO_CHECKSUM_BYTES);
	const fingerprint = await takeFingerprint(
		client,
		{
			tables: snapshot.scope.tablesWithData.map(({ schema, name }) => ({ schema, name, checksum })),
			sequences: [],
			largeObjects: snapshot.scope.largeObjects && (checksum ? 'checksum' : true),
		},
		onUnsummed,
	);
	// The tables of all of these are locked: whoever owns another one could make this wait.
	const sequences = snapshot.scope.relations.filter(({ kind }) => kind === 'S');
	return { fingerprint, usedNumbers: await readUsedNumbers(client, sequences) };
}

function stalled(bytes: number, afterMs: number): BackupError {
	const megabytes = (bytes / 1e6).toLocaleString('en-US', { maximumFractionDigits: 1 });
	const seconds = (afterMs / 1000).toLocaleString('en-US');
	return new BackupError(
		`The dump stood still: no byte came for ${seconds} s, after ${megabytes} MB.`,
		{
			hint: 'Look for waiting sessions in pg_stat_activity, and for a slow disk, network or store.',
		},
	);
}
