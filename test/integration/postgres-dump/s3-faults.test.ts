import { setTimeout as sleep } from 'node:timers/promises';

import { createDump, type CreateDumpContext } from '../../../core/postgres/create-dump';
import { verifyDump } from '../../../core/postgres/verify-dump';
import { listBackups } from '../../../core/repository/catalogue';
import { PartialBackupError } from '../../../core/repository/commit';
import type { Repository } from '../../../core/repository/repository';
import {
	createDatabase,
	dumpInput,
	dumpProcessesLeft,
	type ScratchRepository,
	scratchRepository,
	sessionsLeft,
} from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';
import {
	type FaultRule,
	type RequestFacts,
	type S3Server,
	startS3Server,
} from '../../support/s3-server';
import { SHORT_LIMITS, storeOn } from '../s3/setup';

/** About 17 MB that are stored as they are: two parts and a rest. */
const ROWS = `CREATE TABLE rows AS SELECT i, repeat(md5(i::text), 8) AS v FROM generate_series(1, 65000) i`;

/** A busy machine must not look like a server that stalls, where no stall is meant. */
const PATIENT_LIMITS = { ...SHORT_LIMITS, idleTimeoutMs: 15_000 };

let postgres: RunningPostgres;
let s3: S3Server;
let directory: ScratchRepository;
let repository: Repository;

beforeAll(async () => {
	postgres = await startPostgres({ major: 15 });
	await createDatabase(postgres, 'shop', ROWS);
});
afterAll(async () => await postgres?.stop());

beforeEach(async () => {
	s3 = await startS3Server();
	directory = await scratchRepository();
	repository = repositoryWith(PATIENT_LIMITS);
});
afterEach(async () => {
	await s3.stop();
	await directory.remove();
});

const repositoryWith = (limits: typeof SHORT_LIMITS): Repository => ({
	stores: [storeOn(s3, limits)],
	encryption: { kind: 'none' },
});

const both = (): Repository => ({
	...repository,
	stores: [...directory.repository.stores, ...repository.stores],
});

const run = (into = repository, context: CreateDumpContext = {}) =>
	createDump(
		dumpInput(postgres, 'shop', into, {
			compression: { algorithm: 'none' },
			checksums: 'never',
			engine: 'native',
		}),
		context,
	);

async function failureOf(running: Promise<unknown>): Promise<Error & { hint?: string }> {
	return await running.then(
		() => Promise.reject(new Error('The dump succeeded')),
		(reason: Error) => reason,
	);
}

async function nothingRuns(): Promise<void> {
	expect(await sessionsLeft(postgres)).toEqual([]);
	expect(await dumpProcessesLeft()).toEqual([]);
}

const isPart = ({ query }: RequestFacts) => query.has('partNumber');
const isCompletion = ({ method, query }: RequestFacts) =>
	method === 'POST' && query.has('uploadId');
const isManifest = ({ key }: RequestFacts) => key.endsWith('manifest.json');
const isPayload = ({ key }: RequestFacts) => key.includes('.dump');
const status = (code: number, name: string) =>
	({ kind: 'status', status: code, code: name }) as const;
const statusAfter = (code: number, name: string) =>
	({ kind: 'status-after', status: code, code: name }) as const;

describe('a dump into a bucket fails, and leaves nothing, when the server', () => {
	const PART: FaultRule = { when: isPart, after: 1, effect: { kind: 'hang' } };
	const END: FaultRule = { when: isCompletion, effect: { kind: 'hang' } };
	const MANIFEST: FaultRule = { method: 'PUT', when: isManifest, effect: { kind: 'hang' } };

	it.each<[string, FaultRule, RegExp]>([
		['resets connections in mid-upload', { ...PART, effect: { kind: 'reset' } }, /broke/],
		['cuts parts', { ...PART, effect: { kind: 'cut-request', afterBytes: 1e6 } }, /broke/],
		['takes no byte in mid-upload', PART, /stopped answering/],
		['answers 503 in mid-upload', { ...PART, effect: status(503, 'SlowDown') }, /overloaded/],
		['answers 500 in mid-upload', { ...PART, effect: status(500, 'InternalError') }, /fault of/],
		['withdraws the right to write', { ...PART, effect: status(403, 'AccessDenied') }, /refused/],
		['ends the session of a token', { ...PART, effect: status(400, 'ExpiredToken') }, /no longer/],
		['forgets the upload', { ...PART, effect: status(404, 'NoSuchUpload') }, /does not exist/],
		['gets damaged bytes', { ...PART, effect: { kind: 'corrupt-request', atByte: 9 } }, /damaged/],
		[
			'has another clock from now on',
			{ ...PART, effect: status(403, 'RequestTimeTooSkewed') },
			/clocks/,
		],
		['answers 500 at completion', { ...END, effect: status(500, 'InternalError') }, /fault of/],
		['answers 503 at completion', { ...END, effect: status(503, 'SlowDown') }, /overloaded/],
		[
			'says 200 at completion, with an error in the body',
			{ ...END, effect: { kind: 'error-in-success', code: 'InternalError' } },
			/fault of its own/,
		],
		[
			'announces another length than was sent',
			{ method: 'HEAD', when: isPayload, after: 2, effect: { kind: 'wrong-length', bytes: 5 } },
			/has 5 bytes, but/,
		],
		['refuses the manifest', { ...MANIFEST, effect: status(403, 'AccessDenied') }, /refused/],
		['answers 500 to the manifest', { ...MANIFEST, effect: status(500, 'InternalError') }, /fault/],
		['never answers to the manifest', MANIFEST, /stopped answering/],
		[
			'fails to look for the key',
			{ method: 'HEAD', effect: status(500, 'InternalError') },
			/fault/,
		],
	])('%s', async (_what, rule, message) => {
		if (rule.effect.kind === 'hang') repository = repositoryWith(SHORT_LIMITS);
		const strikes = s3.faults.add(rule);
		const error = await failureOf(run());
		expect(strikes()).toBeGreaterThan(0);
		expect(error.message).toMatch(message);
		expect(error.message).not.toContain('could not be removed');
		expect(error.hint).not.toBe('');
		expect(s3.objects()).toEqual([]);
		expect(s3.openUploads()).toEqual([]);
		await nothingRuns();
	});

	it('is gone in mid-upload: what is left is no backup, and the message tells of it', async () => {
		let stopped: Promise<void> | undefined;
		const error = await failureOf(
			run(repository, {
				onProgress: ({ rawBytes }) => {
					if (rawBytes > 9e6) stopped ??= s3.stop();
				},
			}),
		);
		await stopped;
		expect(error.message).toMatch(/does not accept connections|broke/);
		expect(error.message).toContain('could not be removed: it takes space, but is no backup.');
		await nothingRuns();
		s3 = await startS3Server();
	});

	it.each([
		['the bucket is deleted', status(404, 'NoSuchBucket'), /there is no bucket/],
		['all rights are withdrawn', status(403, 'AccessDenied'), /refused it to this access key/],
	])('does nothing any more once %s in mid-upload', async (_what, effect, message) => {
		let isLost = false;
		s3.faults.add({ when: () => isLost, effect });
		s3.faults.add({ when: (request) => isPart(request) && !(isLost = true), effect });
		const error = await failureOf(run());
		expect(error.message).toMatch(message);
		expect(error.message).toContain('could not be removed');
		expect(s3.objects()).toEqual([]);
		expect(s3.openUploads()).toHaveLength(1);
		await nothingRuns();
	});
});

it('a bucket that cannot be reached at all is named', async () => {
	await s3.stop();
	const error = await failureOf(run());
	expect(error.message).toMatch(/does not accept connections/);
	await nothingRuns();
	s3 = await startS3Server();
});

describe('a dump into a bucket succeeds when', () => {
	it.each<[string, FaultRule]>([
		['a part fails once', { when: isPart, times: 1, effect: status(500, 'InternalError') }],
		['it is told to slow down once', { when: isPart, times: 1, effect: status(503, 'SlowDown') }],
		[
			'completion answers 500 although it was done',
			{ when: isCompletion, effect: statusAfter(500, 'InternalError') },
		],
		[
			'completion says 200 with an error once',
			{
				when: isCompletion,
				times: 1,
				effect: { kind: 'error-in-success', code: 'InternalError' },
			},
		],
		['the answer to completion gets lost', { when: isCompletion, effect: { kind: 'lose-answer' } }],
		[
			'the manifest is put, and answered with 500',
			{ method: 'PUT', when: isManifest, effect: statusAfter(500, 'InternalError') },
		],
		[
			'the manifest is put, and every answer gets lost',
			{ method: 'PUT', when: isManifest, effect: { kind: 'lose-answer' } },
		],
	])('%s', async (_what, rule) => {
		const strikes = s3.faults.add(rule);
		const { id, name, component } = await run();
		expect(strikes()).toBeGreaterThan(0);
		s3.faults.clear();
		expect(s3.openUploads()).toEqual([]);
		expect(s3.objects()).toHaveLength(2);
		const backup = { id, name, component };
		const verified = await verifyDump({ repository, backup, level: 'readable' });
		expect(verified).toMatchObject({ passed: true, rows: 65_000 });
		await nothingRuns();
	});
});

it.each([20, -20])('copes with a server whose clock is %d minutes ahead', async (minutes) => {
	await s3.stop();
	s3 = await startS3Server({ clockAheadMs: minutes * 60_000 });
	repository = repositoryWith(PATIENT_LIMITS);
	expect((await run()).storedIn).toHaveLength(1);
	const before = s3.objects();
	// What an attempt left behind is known by the server's clock, too.
	const isStart = ({ query }: RequestFacts) => query.has('uploads');
	s3.faults.add({ method: 'POST', when: isStart, effect: { kind: 'lose-answer' } });
	await failureOf(run());
	expect(s3.openUploads()).toEqual([]);
	expect(s3.objects()).toEqual(before);
});

it('says that the outcome is unknown when nobody answers after the manifest was put', async () => {
	repository = repositoryWith(SHORT_LIMITS);
	let isSilent = false;
	s3.faults.add({ when: () => isSilent, effect: { kind: 'hang' } });
	s3.faults.add({
		method: 'PUT',
		when: (request) => isManifest(request) && (isSilent = true),
		effect: { kind: 'lose-answer' },
	});
	const error = await failureOf(run());
	expect(error.message).toMatch(/It is unknown whether the backup shop-\d{14} exists/);
	s3.faults.clear();
	isSilent = false;
	// It does: its payload must not have been taken away.
	const { backups } = await listBackups(repository);
	expect(backups).toMatchObject([{ committed: true }]);
	const [backup] = backups;
	const verified = await verifyDump({ repository, backup: backup!, level: 'readable' });
	expect(verified.passed).toBe(true);
	await nothingRuns();
});

it('keeps the copy in the directory, and names both, when the bucket fails in mid-upload', async () => {
	s3.faults.add({ when: isPart, after: 1, effect: status(503, 'SlowDown') });
	const error = await failureOf(run(both()));
	expect(error).toBeInstanceOf(PartialBackupError);
	const [kept, lost] = both().stores.map(({ label }) => label);
	expect(error.message).toContain(`is stored in ${kept}, but not everywhere.`);
	expect(error.message).toContain(lost);
	expect(s3.objects()).toEqual([]);
	expect(s3.openUploads()).toEqual([]);
	expect(await directory.files()).toHaveLength(2);
	await nothingRuns();
});

it('lists no backup for a while rather than too few, when the listing fails', async () => {
	await run();
	const effect = status(500, 'InternalError');
	s3.faults.add({ method: 'GET', when: ({ key }) => key === '', effect });
	await expect(listBackups(repository)).rejects.toThrow(/No store .* could be listed/);
	// The next backup only wanted to know how large the last one was.
	await sleep(1_000);
	const { id } = await run();
	s3.faults.clear();
	const { backups } = await listBackups(repository);
	expect(backups).toHaveLength(2);
	expect(backups[0]).toMatchObject({ id, committed: true });
});

describe('a verification of a backup in a bucket', () => {
	it.each<[string, FaultRule['effect'], string]>([
		['is refused', status(403, 'AccessDenied'), 'refused it to this access key'],
		['is answered with 500', status(500, 'InternalError'), 'fault of its own'],
	])('that %s for good is no verification', async (_what, effect, message) => {
		const { id, name, component } = await run();
		const backup = { id, name, component };
		s3.faults.add({ method: 'GET', when: isPayload, effect });
		const reading = verifyDump({ repository, backup, level: 'readable' });
		await expect(reading).rejects.toThrow(message);
		const stored = await verifyDump({ repository, backup, level: 'stored' });
		expect(stored).toMatchObject({ passed: false, verifiedIn: [] });
		expect(s3.objects()).toHaveLength(2);
	});

	it('goes on where the server stalled, again and again', async () => {
		const { id, name, component } = await run();
		repository = repositoryWith(SHORT_LIMITS);
		const effect = { kind: 'stall-response', afterBytes: 6e6 } as const;
		const strikes = s3.faults.add({ method: 'GET', when: isPayload, effect });
		const backup = { id, name, component };
		const verified = await verifyDump({ repository, backup, level: 'readable' });
		expect(verified).toMatchObject({ passed: true, rows: 65_000 });
		expect(strikes()).toBeGreaterThanOrEqual(3);
	});

	it('that is given other bytes than are stored finds them damaged', async () => {
		const { id, name, component } = await run();
		const backup = { id, name, component };
		const effect = { kind: 'corrupt-response', atByte: 15e6 } as const;
		s3.faults.add({ method: 'GET', when: isPayload, effect });
		for (const level of ['stored', 'readable'] as const) {
			const { passed, problems } = await verifyDump({ repository, backup, level });
			expect(passed).toBe(false);
			expect(problems).toEqual([expect.stringContaining('SHA-256')]);
		}
		expect(s3.objects()).toHaveLength(2);
	});
});
