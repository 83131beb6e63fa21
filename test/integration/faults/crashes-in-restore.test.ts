import type { DisasterRecoveryError } from '../../../core/errors';
import { restoreDump, type RestoreDumpInput } from '../../../core/postgres/restore-dump';
import type { BackupRef } from '../../../core/repository/catalogue';
import type { PostgresFingerprint } from '../../../core/repository/fingerprint';
import { NO_TRACES, type Traces, tracesOf } from '../../support/aftermath';
import { eventually } from '../../support/eventually';
import { startRelay } from '../../support/relay';
import { RestoreBench } from '../restore/restore-bench';

let bench: RestoreBench;
let backup: BackupRef;
let slow: BackupRef | undefined;
let contents: { old: PostgresFingerprint; new: PostgresFingerprint };

beforeAll(async () => {
	bench = await RestoreBench.start();
	await bench.create(
		'source',
		`CREATE TABLE item AS SELECT n AS id, repeat(md5(n::text), 5) AS name FROM generate_series(1, 5000) n`,
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

type Way = Pick<RestoreDumpInput, 'mode' | 'engine'>;

const restore = (way: Way, port = bench.postgres.port, of = backup) =>
	restoreDump({
		...{ server: { ...bench.server('shop'), port }, repository: bench.repository, backup: of },
		...{ database: 'shop', owners: 'never', privileges: 'never', unsupported: 'refuse', ...way },
	});

async function traces(allowed: (keyof Traces)[] = []): Promise<Traces> {
	const { postgres, repository, directory } = bench;
	return await tracesOf({ postgres, repository, directory, inProcess: true }, allowed);
}

/** Which of the two the target is, wholly; fails where it is neither. */
async function target(): Promise<'old' | 'new'> {
	const content = await bench.fingerprint('shop');
	const found = (['old', 'new'] as const).find(
		(name) => JSON.stringify(contents[name]) === JSON.stringify(content),
	);
	if (!found) throw new Error(`The target is a mess: ${JSON.stringify(content)}`);
	return found;
}

/** What the error, or its absence, promises has to be so. */
async function expectTruth(outcome: unknown): Promise<void> {
	const found = await target();
	if (!(outcome instanceof Error)) {
		expect(found).toBe('new');
		return;
	}
	expect(outcome.message).toMatch(/is as it was|whether it (has|was) is unknown/);
	if (outcome.message.includes('is as it was')) expect(found).toBe('old');
	expect((outcome as DisasterRecoveryError).hint).not.toBe('');
}

/** The next run succeeds, and removes what the one before has left. */
async function expectHealed(way: Way): Promise<void> {
	await restore(way);
	expect(await target()).toBe('new');
	expect(await traces()).toEqual(NO_TRACES);
}

type Crash = 'the server, by SIGKILL' | 'the server, at once' | 'one session';

/** Crashes the server as the client has sent its `nth` COMMIT, which the server has heard or not. */
async function crashAtCommit(
	way: Way,
	crash: Crash,
	nth: number,
	heard: boolean,
): Promise<unknown> {
	let startAgain: (() => Promise<void>) | undefined;
	let crashing: Promise<unknown> | undefined;
	let commits = 0;
	const strike = async () => {
		if (crash === 'one session') {
			const sessions = await bench.sql<{ pid: number }>(
				'postgres',
				"SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'n8n-dr-restore-%'",
			);
			sessions.forEach(({ pid }) => killIfThere(pid));
		} else {
			startAgain = await bench.postgres.crash(
				crash === 'the server, at once' ? 'SIGQUIT' : 'SIGKILL',
			);
		}
	};
	const relay = await startRelay(bench.postgres, (_number, piece) => {
		if (!piece.includes('COMMIT\0') || ++commits !== nth) return 'pass';
		crashing = strike();
		return heard ? 'pass' : 'cut';
	});
	try {
		const outcome = await restore(way, relay.port).catch((error: unknown) => error);
		expect(crashing).toBeDefined();
		await crashing;
		await startAgain?.();
		await eventually(() => bench.databases());
		return outcome;
	} finally {
		await relay.close();
	}
}

/** It may have ended by itself meanwhile. */
function killIfThere(pid: number): void {
	try {
		process.kill(pid, 'SIGKILL');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
	}
}

const SWAP = { mode: 'swap', engine: 'own' } as const;
const NATIVE_SWAP = { mode: 'swap', engine: 'native' } as const;
const IN_PLACE = { mode: 'existing-database', engine: 'own' } as const;
const NATIVE_IN_PLACE = { mode: 'existing-database', engine: 'native' } as const;

describe('A crash at the last commit of a restore leaves the old or the new, and the next run heals', () => {
	it.each<{ way: Way; crash: Crash; heard: boolean }>([
		{ way: SWAP, crash: 'the server, by SIGKILL', heard: true },
		{ way: SWAP, crash: 'the server, at once', heard: false },
		{ way: SWAP, crash: 'one session', heard: true },
		{ way: SWAP, crash: 'one session', heard: false },
		{ way: NATIVE_SWAP, crash: 'the server, by SIGKILL', heard: false },
		{ way: IN_PLACE, crash: 'the server, at once', heard: true },
		{ way: IN_PLACE, crash: 'one session', heard: true },
		{ way: IN_PLACE, crash: 'one session', heard: false },
	])('$way.mode, $way.engine engine, of $crash (heard: $heard)', async ({ way, crash, heard }) => {
		// The first one of a swap is that of what was restored beside the target.
		const nth = way.mode === 'swap' ? 2 : 1;
		await expectTruth(await crashAtCommit(way, crash, nth, heard));
		await expectHealed(way);
	});
});

it.each([SWAP, NATIVE_SWAP, IN_PLACE, NATIVE_IN_PLACE])(
	'A crash of the session that takes the rows leaves the target alone (%o)',
	async (way) => {
		slow ??= await backUpSlowTable();
		const restoring = restore(way, undefined, slow).catch((error: unknown) => error);
		const pid = await eventually(async () => {
			const [session] = await bench.sql<{ pid: number }>(
				'postgres',
				`SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY public.slow%'
				AND application_name LIKE 'n8n-dr-restore-%' AND wait_event = 'PgSleep'`,
			);
			return session!.pid;
		});
		process.kill(pid, 'SIGKILL');
		const outcome = await restoring;
		await eventually(() => bench.databases());
		expect((outcome as Error).message).toMatch(/Database shop is as it was/);
		expect(await target()).toBe('old');
		await expectHealed(way);
	},
);

/** Each of its rows takes its time, so that there is a middle. */
async function backUpSlowTable(): Promise<BackupRef> {
	await bench.create(
		'slow',
		`CREATE FUNCTION slow(int) RETURNS boolean LANGUAGE sql AS
			$$ SELECT pg_catalog.pg_sleep(CASE WHEN current_database() = 'slow' THEN 0 ELSE 0.02 END) IS NOT NULL $$;
		CREATE TABLE slow (id int CHECK (slow(id))); INSERT INTO slow SELECT generate_series(1, 200)`,
	);
	return await bench.backUp('slow', { at: new Date('2026-01-01T00:00:00Z') });
}

it('A crash at the commit of what is restored beside the target leaves the target alone', async () => {
	const outcome = await crashAtCommit(SWAP, 'the server, by SIGKILL', 1, true);
	expect((outcome as Error).message).toMatch(/Database shop is as it was/);
	expect(await target()).toBe('old');
	await expectHealed(SWAP);
});

it('A crash between the creation of a database and its mark is healed by the next run', async () => {
	await bench.sql('postgres', `CREATE DATABASE "shop_restore_${backup.id}" TEMPLATE template0`);
	await bench.sql('postgres', 'CREATE DATABASE "shop_restore_shop-20200101000000" TEMPLATE old');
	const { warnings } = await restore(SWAP);
	expect(warnings).toContain(
		`Database shop_restore_${backup.id}, which an earlier restore had left unfinished, was dropped.`,
	);
	// One that has something in it, and no mark, may be anybody's.
	expect((await traces(['databases'])).databases).toEqual(['shop_restore_shop-20200101000000']);
});
