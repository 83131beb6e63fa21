import { pipeline } from 'node:stream/promises';
import { ConfigurationError } from '../../errors';
import { reasonOf } from '../../repository/reason';
import type { OpenPayload } from '../../repository/read-backup';
import { countKeys } from '../keyspace';
import { commandItems } from '../restore/command-items';
import { requireRestorable, requireUsableTarget } from '../restore/gates';
import { isAtLeast } from '../restore/rdb-compatibility';
import { rdbItems } from '../restore/rdb-items';
import { newRunId } from '../restore/recovery-record';
import { PartialRestoreError, restoreByCommands } from '../restore/restore-by-commands';
import { announceRun } from '../restore/run-lock';
import { ServerSession } from '../restore/server-session';
import type { SnapshotItem } from '../restore/snapshot-items';
import { readTargetFacts, type TargetFacts } from '../restore/target-facts';
import { EXPIRES_LATER_MS } from '../scratch/never-expires';
import type { RedisServer } from '../server';
import { Spool } from '../spool';
import { databasesNeeded, judge, type LoadTest } from './load-test';
import { readPayload, type SnapshotContents } from './read-payload';

export interface ServerTestOptions {
	/** A server that holds nothing, and that nobody else uses. */
	server: RedisServer;
	/** Where the snapshot is kept meanwhile; by default in the folder of the system. */
	scratchDirectory?: string;
	signal?: AbortSignal;
}

/** With these words a server says that a value itself is bad. */
const BAD_VALUE = /bad data format|payload version or checksum/i;

/**
 * Loads a snapshot into an empty server, key by key, and compares what is there as `loadTest` does. The
 * server is empty again afterwards. One that holds anything is refused, and not touched.
 *
 * Rejects as `loadTest` does, and with `ConnectionError` and `ConflictError`.
 */
export async function loadOnServer(
	payload: OpenPayload,
	{ server, scratchDirectory, signal }: ServerTestOptions,
): Promise<LoadTest> {
	const session = await ServerSession.open(server, signal);
	const spool = await Spool.open(scratchDirectory);
	try {
		session.keepAlive();
		await announceRun(session, newRunId());
		requireScratch(await readTargetFacts(session));
		await spool.assertRoomFor(payload.manifest.payload.raw.bytes);
		const contents = await readPayload(payload, (checked) => pipeline(checked, spool.writer()));
		return { ...contents, ...(await tryOn(server, contents, spool, payload, signal)) };
	} finally {
		session.close();
		await spool.close();
	}
}

async function tryOn(
	server: RedisServer,
	contents: SnapshotContents,
	spool: Spool,
	payload: OpenPayload,
	signal: AbortSignal | undefined,
): Promise<Pick<LoadTest, 'loadedBy' | 'problems' | 'warnings'>> {
	// Not with the signal: after a cancel the server has to be emptied.
	const session = await ServerSession.open(server);
	try {
		const target = await readTargetFacts(session);
		requireScratch(target);
		requireLoadable(target, contents);
		const result = await loadAndCompare(session, target, contents, spool, payload, signal).catch(
			async (error: unknown) => {
				await empty(server);
				throw error;
			},
		);
		return { ...result, warnings: [...result.warnings, ...(await empty(server))] };
	} finally {
		session.close();
	}
}

async function loadAndCompare(
	session: ServerSession,
	target: TargetFacts,
	contents: SnapshotContents,
	spool: Spool,
	{ manifest }: OpenPayload,
	signal: AbortSignal | undefined,
): Promise<Pick<LoadTest, 'loadedBy' | 'problems' | 'warnings'>> {
	await load(session, target, contents, spool, signal);
	const { client, server } = session;
	const census = await countKeys(client, server, databasesNeeded(manifest), EXPIRES_LATER_MS);
	const functionLibraries = (await session.info()).number('number_of_libraries');
	return { loadedBy: nameOf(target), ...judge(contents, { census, functionLibraries }) };
}

/** Removes all that the test has brought; resolves with what a person has to know when it cannot. */
async function empty(server: RedisServer): Promise<string[]> {
	try {
		const session = await ServerSession.open(server);
		try {
			await session.call('FLUSHALL');
			await session.call('FUNCTION', 'FLUSH');
			return [];
		} finally {
			session.close();
		}
	} catch (error) {
		return [`The scratch server could not be emptied after the test: ${reasonOf(error)}`];
	}
}

async function load(
	session: ServerSession,
	{ software, longestString }: TargetFacts,
	{ facts, counted }: SnapshotContents,
	spool: Spool,
	signal: AbortSignal | undefined,
): Promise<void> {
	try {
		await restoreByCommands({
			...{ session, selection: {}, existing: 'replace', flush: false, longestString },
			items: () => expiringLater(facts.format === 'rdb' ? rdbItems(spool) : commandItems(spool)),
			mayRepeat: facts.format === 'commands',
			...{ functions: true, serverHasFunctions: false },
			hasFunctions: (counted?.functionLibraries ?? 0) > 0,
			redisVersion: software.redisVersion,
			...(signal && { signal }),
		});
	} catch (error) {
		if (!(error instanceof PartialRestoreError) || BAD_VALUE.test(error.message)) throw error;
		throw new ConfigurationError(
			`The restore test on the scratch server could not be finished: ${reasonOf(error)}`,
			{
				hint: 'Mend the cause and verify again. This says nothing about the backup.',
				cause: error,
			},
		);
	}
}

/** A server drops keys whose time is over, so that an old backup could not be counted otherwise. */
async function* expiringLater(items: AsyncIterable<SnapshotItem>): AsyncGenerator<SnapshotItem> {
	for await (const item of items) {
		yield item.kind === 'key' && item.expireAt !== undefined
			? { ...item, expireAt: item.expireAt + EXPIRES_LATER_MS }
			: item;
	}
}

function requireScratch(target: TargetFacts): void {
	requireUsableTarget(target);
	const keys = [...target.keyspace.values()].reduce((sum, database) => sum + database.keys, 0);
	if (keys > 0 || target.functions > 0) {
		throw new ConfigurationError(
			`The scratch server is not empty (${keys} keys, ${target.functions} functions), and a restore test would remove what it holds.`,
			{
				hint: 'Choose the credential of a server that holds nothing. What an interrupted test has left there, remove with FLUSHALL and FUNCTION FLUSH.',
			},
		);
	}
	if (!isAtLeast(target.software.redisVersion, 7, 0)) {
		throw new ConfigurationError(
			`The scratch server is Redis ${target.software.redisVersion}, and a restore test needs 7.0 or newer.`,
			{ hint: 'Choose a newer server, or verify at the level "readable", which needs none.' },
		);
	}
}

function requireLoadable(target: TargetFacts, { facts, counted }: SnapshotContents): void {
	if (!counted) {
		throw new ConfigurationError(
			'A restore test is not possible here: the snapshot is of a newer version than is understood.',
			{ hint: 'Update this package, or verify at the level "stored".' },
		);
	}
	requireRestorable(
		target,
		{
			format: facts.format === 'rdb' ? 'rdb' : 'records',
			...{ rdbVersion: facts.rdbVersion, moduleTypes: facts.moduleTypes, longestValue: 0 },
			checksum: facts.crc === 'verified' ? 'verified' : 'disabled',
			...(facts.dataBytes !== undefined && { usedMemory: facts.dataBytes }),
			highestDatabase: counted.census.databases.at(-1)?.index ?? -1,
		},
		true,
	);
}

function nameOf({ software: { redisVersion, valkeyVersion } }: TargetFacts): string {
	return valkeyVersion === undefined ? `Redis ${redisVersion}` : `Valkey ${valkeyVersion}`;
}
