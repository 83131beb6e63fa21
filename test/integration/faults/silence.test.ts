import { createDump } from '../../../core/postgres/create-dump';
import type { PostgresServer } from '../../../core/postgres/connection';
import {
	connectMaintenance,
	reconnectMaintenance,
} from '../../../core/postgres/restore/maintenance';
import { swapDatabases } from '../../../core/postgres/restore/swap';
import { restoreDump, type RestoreDumpInput } from '../../../core/postgres/restore-dump';
import type { BackupRef } from '../../../core/repository/catalogue';
import type { PostgresFingerprint } from '../../../core/repository/fingerprint';
import { NO_TRACES, tracesOf, type Traces } from '../../support/aftermath';
import { dumpInput, scratchRepository } from '../../support/postgres-dumps';
import { type Relay, startRelay } from '../../support/relay';
import { holdRepository } from '../../support/repository/held-repository';
import { RestoreBench } from '../restore/restore-bench';

/** The product waits for two minutes. */
const SILENT_AFTER_MS = 2_000;
/** Behind that, so that what cleans up finds the server again. */
const HEALED_AFTER_MS = 4_000;

let bench: RestoreBench;
let backup: BackupRef;
let contents: { old: PostgresFingerprint; new: PostgresFingerprint };
let relay: Relay | undefined;

beforeAll(async () => {
	bench = await RestoreBench.start();
	await bench.create(
		'source',
		`CREATE TABLE item AS SELECT n AS id, repeat(md5(n::text), 100) AS name
		FROM generate_series(1, 6000) n`,
	);
	await bench.create('old', 'CREATE TABLE item AS SELECT -1 AS id');
	contents = { old: await bench.fingerprint('old'), new: await bench.fingerprint('source') };
	backup = await bench.backUp('source');
});
afterAll(() => bench?.stop());

beforeEach(async () => {
	for (const name of await bench.databases()) {
		if (name.startsWith('shop')) await bench.sql('postgres', `DROP DATABASE "${name}"`);
	}
	await bench.sql('postgres', 'CREATE DATABASE shop TEMPLATE old');
});
afterEach(async () => {
	await relay?.close();
	relay = undefined;
});

const traces = (allowed: (keyof Traces)[] = []) => {
	const { postgres, repository, directory } = bench;
	return tracesOf({ postgres, repository, directory, inProcess: true }, allowed);
};

/** A way to the server that goes silent with the first piece that holds `word`, whether heard or not. */
async function silentAt(
	word: string,
	{
		heard = false,
		nth = 1,
		then = (it: Relay) => it.heal(),
	}: {
		heard?: boolean;
		nth?: number;
		then?: (relay: Relay) => void;
	} = {},
): Promise<{ server: PostgresServer; wasReached: () => boolean }> {
	let seen = 0;
	const opened = await startRelay(bench.postgres, (_number, piece) => {
		if (!piece.includes(word) || ++seen !== nth) return 'pass';
		const stall = () => {
			opened.stall();
			setTimeout(() => then(opened), HEALED_AFTER_MS);
		};
		if (heard) process.nextTick(stall);
		else stall();
		return heard ? 'pass' : 'stall';
	});
	relay = opened;
	return {
		server: { ...bench.server('shop'), port: opened.port },
		wasReached: () => seen >= nth,
	};
}

const failureOf = (running: Promise<unknown>) =>
	running.then(
		() => Promise.reject(new Error('It succeeded')),
		(error: Error) => error,
	);

describe.each(['native', 'embedded'] as const)('A server that goes silent (%s)', (engine) => {
	const dump = (server: PostgresServer, repository = bench.repository) =>
		createDump(
			{
				...dumpInput(bench.postgres, 'source', repository, { engine, name: 'silent' }),
				server: { ...server, database: 'source' },
				compression: { algorithm: 'none' },
			},
			{ silentAfterMs: SILENT_AFTER_MS },
		);

	it('in the middle of a dump', async () => {
		const scratch = await scratchRepository();
		const held = holdRepository(scratch.repository);
		const opened = (relay = await startRelay(bench.postgres));
		try {
			const running = dump({ ...bench.server(), port: opened.port }, held.repository);
			running.catch(() => undefined);
			await held.reached;
			opened.stall();
			setTimeout(() => opened.heal(), HEALED_AFTER_MS);
			held.release();
			expect(await failureOf(running)).toMatchObject({
				name: 'ConnectionError',
				message: expect.stringMatching(/has given no sign of life for 2 s/),
			});
			expect(await scratch.files()).toEqual([]);
		} finally {
			await scratch.remove();
		}
		expect(await traces()).toEqual(NO_TRACES);
	});

	it('while the rows of a dump are counted', async () => {
		const { server, wasReached } = await silentAt('hashtextextended', { heard: true });
		expect((await failureOf(dump(server))).name).toBe('ConnectionError');
		expect(wasReached()).toBe(true);
		expect(await traces()).toEqual(NO_TRACES);
	});
});

type Way = Pick<RestoreDumpInput, 'mode' | 'engine'>;

const restore = (server: PostgresServer, way: Way) =>
	restoreDump(
		{
			...{ server, repository: bench.repository, backup, database: 'shop', ...way },
			...{ owners: 'never', privileges: 'never', unsupported: 'refuse' },
		},
		{ silentAfterMs: SILENT_AFTER_MS },
	);

const SWAP: Way = { mode: 'swap', engine: 'own' };
const NATIVE_SWAP: Way = { mode: 'swap', engine: 'native' };
const IN_PLACE: Way = { mode: 'existing-database', engine: 'own' };

describe('A server that goes silent in a restore', () => {
	it.each<{ stage: string; way: Way; word: string; heard?: boolean; nth?: number }>([
		{ stage: 'as its database is created', way: SWAP, word: 'CREATE DATABASE', heard: true },
		{ stage: 'among the rows', way: SWAP, word: 'COPY public.item' },
		{ stage: 'among the rows, for pg_restore', way: NATIVE_SWAP, word: 'COPY public.item' },
		{ stage: 'among the rows, in place', way: IN_PLACE, word: 'COPY public.item' },
		{ stage: 'at the first commit', way: SWAP, word: 'COMMIT\0', heard: true },
		{ stage: 'as the copy is compared', way: SWAP, word: 'hashtextextended', heard: true },
		{ stage: 'as the names are exchanged', way: SWAP, word: 'RENAME TO', heard: true },
		{ stage: 'before the last commit', way: SWAP, word: 'COMMIT\0', nth: 2 },
		{ stage: 'before the commit in place', way: IN_PLACE, word: 'COMMIT\0' },
	])('$stage is given up, and leaves nothing', async ({ way, word, ...at }) => {
		const { server, wasReached } = await silentAt(word, at);
		const error = await failureOf(restore(server, way));
		expect(wasReached()).toBe(true);
		expect(error).toMatchObject({ name: 'ConnectionError' });
		expect(error.message).toMatch(/no sign of life for 2 s\. Database shop is as it was\.$/);
		expect(await bench.fingerprint('shop')).toEqual(contents.old);
		expect(await traces()).toEqual(NO_TRACES);
	});

	it('as it logs in is given up', async () => {
		const { server } = await silentAt('set_config', { nth: 2 });
		const error = await failureOf(restore(server, SWAP));
		expect(error.message).toMatch(/no sign of life for 2 s\.$/);
		expect(await traces()).toEqual(NO_TRACES);
	});

	it('behind the last commit has restored, and that is found out', async () => {
		const { server } = await silentAt('COMMIT\0', { heard: true, nth: 2 });
		const { keptDatabase = '' } = await restore(server, SWAP);
		expect(await bench.fingerprint('shop')).toEqual(contents.new);
		expect(await bench.fingerprint(keptDatabase)).toEqual(contents.old);
		expect(await traces()).toEqual(NO_TRACES);
	});

	it('for good is told with what is left there', async () => {
		const { server } = await silentAt('COPY public.item', { then: (it) => void it.close() });
		const error = await failureOf(restore(server, SWAP));
		expect(error.message).toMatch(/no sign of life .* as it was\. The unfinished shop_restore_/);
		expect(await bench.fingerprint('shop')).toEqual(contents.old);
		relay = undefined;
		await restore(bench.server('shop'), SWAP);
		expect(await bench.fingerprint('shop')).toEqual(contents.new);
		expect(await traces()).toEqual(NO_TRACES);
	});
});

it.each([
	{ at: 'RENAME TO', heard: false, swapped: false },
	{ at: 'COMMIT\0', heard: false, swapped: false },
	{ at: 'COMMIT\0', heard: true, swapped: true },
])('A swap whose own session alone goes silent (case %#)', async ({ at, heard, swapped }) => {
	await bench.sql('postgres', 'CREATE DATABASE shop_new TEMPLATE source');
	const opened = (relay = await startRelay(bench.postgres, (_number, piece) => {
		if (!piece.includes(at)) return 'pass';
		if (heard) process.nextTick(() => opened.stall());
		return heard ? 'pass' : 'stall';
	}));
	const options = { avoid: 'shop', purpose: 'restore-test' };
	const maintenance = await connectMaintenance({ ...bench.server(), port: opened.port }, options);
	const terminator = await connectMaintenance(bench.server(), options);
	const reconnect = (signal: AbortSignal) =>
		reconnectMaintenance(bench.server(), { ...options, signal });
	const swap = { database: 'shop', replacement: 'shop_new', setAside: 'shop_before' };
	const outcome = await swapDatabases(
		{ maintenance, terminator, reconnect },
		{ ...swap, answerLimitMs: 1_000 },
	).catch((error: unknown) => error);
	await Promise.all([maintenance, terminator].map((client) => client.end()));
	if (swapped) expect(outcome).toBeUndefined();
	else expect(outcome).toMatchObject({ name: 'RestoreError' });
	expect(await bench.fingerprint('shop')).toEqual(contents[swapped ? 'new' : 'old']);
	expect(await traces()).toEqual(NO_TRACES);
});
