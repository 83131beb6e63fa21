import { createWriteStream } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Redis } from 'ioredis';
import { ConfigurationError } from '../../errors';
import { megabytes } from '../../repository/disk-space';
import { fingerprintOf } from '../../repository/fingerprint';
import type { Manifest } from '../../repository/manifest';
import type { OpenPayload } from '../../repository/read-backup';
import { countKeys } from '../keyspace';
import type { Census } from '../rdb/census';
import { findServerProgram } from '../scratch/find-server';
import { EXPIRES_LATER_MS, NeverExpires } from '../scratch/never-expires';
import { replayCommands } from '../scratch/replay-commands';
import { DUMP_FILE, ScratchServer } from '../scratch/scratch-server';
import { readSnapshotFacts, type SnapshotFacts } from '../snapshot-facts';
import { differencesBetween } from './compare';
import { damagedIn, readPayload, type SnapshotContents } from './read-payload';

/** What a restore test has shown. */
export interface LoadTest extends SnapshotContents {
	/** The server that loaded it, e.g. `redis-server 7.0.15`. */
	loadedBy: string;
	warnings: string[];
}

export interface LoadTestOptions {
	/** The only folder where a server program is looked for, if given. */
	binariesDirectory?: string;
	/** Where the scratch server has its folder; by default that of the system. */
	scratchDirectory?: string;
	signal?: AbortSignal;
}

/**
 * Loads a snapshot into a server that is started for it alone, counts what is there, and compares: all
 * keys by database, name, type and time of expiry. The values were looked into by the server as it
 * loaded them. The server and its folder are gone afterwards, in every case; the
 * payload may not have been read.
 *
 * Rejects with `IntegrityError` (damaged), `RestoreError` (a server refuses it), `ConfigurationError`
 * (there is no server, or it has not the room or the modules) or `CancelledError`.
 */
export async function loadTest(
	payload: OpenPayload,
	{ binariesDirectory, scratchDirectory, signal }: LoadTestOptions,
): Promise<LoadTest> {
	const { manifest } = payload;
	const facts = readSnapshotFacts(manifest);
	const program = await findServerProgram(facts.flavor, binariesDirectory);
	assertLoadable(facts);
	const scratch = await ScratchServer.create(program, scratchDirectory);
	try {
		const databases = databasesNeeded(manifest);
		if (facts.format === 'rdb') await assertRoom(scratch.folder, manifest.payload.raw.bytes);
		const load = facts.format === 'rdb' ? loadFile : loadCommands;
		const { contents, client } = await load(payload, scratch, databases, signal);
		const found = await count(client, scratch, databases);
		const loadedBy = `${program.flavor}-server ${program.version}`;
		return { ...contents, loadedBy, ...judge(contents, found) };
	} finally {
		await scratch.remove();
	}
}

interface Loaded {
	contents: SnapshotContents;
	client: Redis;
}

async function loadFile(
	payload: OpenPayload,
	scratch: ScratchServer,
	databases: number,
	signal: AbortSignal | undefined,
): Promise<Loaded> {
	const later = new NeverExpires(damagedIn(payload.manifest, payload.store));
	const file = createWriteStream(join(scratch.folder, DUMP_FILE), { mode: 0o600 });
	const contents = await readPayload(payload, (checked) => pipeline(checked, later, file));
	return { contents, client: await scratch.start(databases, signal) };
}

async function loadCommands(
	payload: OpenPayload,
	scratch: ScratchServer,
	databases: number,
	signal: AbortSignal | undefined,
): Promise<Loaded> {
	const client = await scratch.start(databases, signal);
	const contents = await readPayload(payload, (checked) => replayCommands(scratch, checked));
	return { contents, client };
}

async function count(client: Redis, scratch: ScratchServer, databases: number) {
	const census = await countKeys(client, scratch.server, databases, EXPIRES_LATER_MS);
	const libraries = (await client.call('FUNCTION', 'LIST')) as unknown[];
	return { census, functionLibraries: libraries.length };
}

/** Compares what a server has loaded with what was read. Problems of the payload itself come first. */
export function judge(
	{ facts, counted, problems }: SnapshotContents,
	{ census, functionLibraries }: { census: Census; functionLibraries: number },
): { problems: string[]; warnings: string[] } {
	if (!counted) return { problems, warnings: [] };
	const twice = counted.census.keys - census.keys;
	if (facts.consistency === 'fuzzy' && twice > 0) {
		// The server took every key, and none of them goes away: so some came again.
		return { problems, warnings: [`${twice} keys were read twice, and count once.`] };
	}
	const differences = differencesBetween(
		{ databases: counted.census.databases, functionLibraries: counted.functionLibraries },
		{ databases: census.databases, functionLibraries },
		{ expected: 'the snapshot', found: 'the server that loaded it' },
	);
	return { problems: [...problems, ...differences], warnings: [] };
}

/** How many databases the server needs, the highest number in the snapshot included. */
export function databasesNeeded(manifest: Manifest): number {
	const { databases = [] } = fingerprintOf(manifest, 'redis') ?? {};
	return Math.max(16, ...databases.map(({ index }) => index + 1));
}

function assertLoadable({ moduleTypes, contents, dataBytes = 0 }: SnapshotFacts): void {
	if (moduleTypes.length > 0) {
		throw new ConfigurationError(
			`A restore test is not possible here: the snapshot has values of modules (${moduleTypes.join(', ')}).`,
			{
				hint: 'Verify it at the level "readable", or restore it into a server with these modules.',
			},
		);
	}
	if (contents === 'unknown') {
		throw new ConfigurationError(
			'A restore test is not possible here: the snapshot is of a newer version than is understood.',
			{ hint: 'Update this package, or verify at the level "stored".' },
		);
	}
	const available = process.availableMemory();
	if (available >= dataBytes) return;
	throw new ConfigurationError(
		`A restore test needs about ${megabytes(dataBytes)} of memory, and ${megabytes(available)} are left on this machine.`,
		{ hint: 'Verify at the level "readable", or on a machine with more memory.' },
	);
}

async function assertRoom(folder: string, bytes: number): Promise<void> {
	const { bavail, bsize } = await statfs(folder);
	if (bavail * bsize >= bytes) return;
	throw new ConfigurationError(
		`A restore test needs ${megabytes(bytes)} in ${dirname(folder)}, and ${megabytes(bavail * bsize)} are free.`,
		{ hint: 'Make room there, or choose another folder for temporary files.' },
	);
}
