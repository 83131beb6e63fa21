import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { IDataObject } from 'n8n-workflow';

import { fileAt } from '../../core/files/file-at';
import { storeFile } from '../../core/files/store-file';
import { type N8nExport, writeExport } from '../../core/n8n/export-format';
import { createDump } from '../../core/postgres/create-dump';
import { createSnapshot } from '../../core/redis/create-snapshot';
import { openRepository } from '../../core/repository/repository';
import { readRepositorySettings } from '../../nodes/shared/credentials';
import { freePort } from '../support/free-port';
import { createEngine } from '../support/engine-harness';
import { createDatabase, dumpInput } from '../support/postgres-dumps';
import { startPostgres } from '../support/postgres-server';
import { startRedis } from '../support/redis-server';
import { parseStrictly } from '../support/report/strict-html';
import { settingsWith, type SettingsValues } from '../support/settings-with';
import { withoutRetries } from '../support/without-retries';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const PARTS = {
	postgres: 'Restore Postgres for a test',
	redis: 'Restore Redis for a test',
	env: 'Read the managed env back',
	n8n: 'Test the n8n export',
} as const;
const EXPORT: N8nExport = {
	...{ format: 'n8n-export/1', n8nVersion: '2.40.7', encryptionKeyFingerprint: null },
	workflows: ['One', 'Two'].map((name) => ({ name, nodes: [], connections: {}, settings: {} })),
	workflowStates: ['One', 'Two'].map((name) => ({
		...{ id: name, name, archived: false, published: 'no', tags: [] },
	})),
	...{ tags: [], folders: [], variables: [], credentials: [], dataTables: [], leftOut: [] },
};
type Part = keyof typeof PARTS;
const ENV = 'PORT=3000\nPASSWORD=hunter2\n';
const { 'test-restore-monthly': shipped, 'tell-people': tellPeople } = shippedWorkflows() as Record<
	'tell-people' | 'test-restore-monthly',
	ShippedWorkflow
>;

let folder: string;
/** One backup of each, made once; every test works on a copy. */
let made: string;
let directory: string;
/** A port at which nothing answers. */
let nobody: number;
let key: { identities: string; recipients: string };
let ids: Record<Part, string>;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'dr-test-restore-'));
	made = join(folder, 'made');
	nobody = await freePort();
	const identity = await generateX25519Identity();
	key = { identities: identity, recipients: await identityToRecipient(identity) };
	const repository = openRepository(readRepositorySettings(credentialFor(made) as never));
	const [postgres, redis] = [await startPostgres(), await startRedis()];
	try {
		const rows = 'create table bookings as select generate_series(1, 300) as id';
		await createDatabase(postgres, 'mrdj', rows);
		const admin = redis.admin();
		await admin.mset('one', 'key', 'and', 'another');
		admin.disconnect();
		const compression = { algorithm: 'zstd', level: 1 } as const;
		const path = join(folder, 'managed.env');
		await writeFile(path, ENV);
		const exported = join(folder, 'n8n-workflows');
		await writeFile(exported, writeExport(EXPORT));
		const store = async (file: string) =>
			await storeFile({
				...{ source: fileAt(file), repository, compression, onlyWhenChanged: true, envFile: false },
			});
		ids = {
			postgres: (await createDump(dumpInput(postgres, 'mrdj', repository))).id,
			redis: (
				await createSnapshot({ server: redis.server(), repository, compression, method: 'auto' })
			).id,
			env: (await store(path)).manifest.id,
			n8n: (await store(exported)).manifest.id,
		};
	} finally {
		await postgres.stop();
		await redis.stop();
	}
}, 120_000);

afterAll(async () => await rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
	directory = await mkdtemp(join(folder, 'copy-'));
	await cp(made, directory, { recursive: true });
});

const credentialFor = (path: string) => ({
	...{ storage: 'directory', directory: path, encryption: 'keyPair', ...key },
});

interface Options {
	/** Nodes that somebody has deactivated. */
	off?: readonly Part[];
	/** Other values in the settings. */
	values?: SettingsValues;
	/** Other parameters of nodes, by their names. */
	parameters?: Readonly<Record<string, object>>;
	startAt?: string;
	/** Whether neither mail nor Slack can be reached. */
	nobodyTold?: boolean;
	/** Where the nodes look for backups. */
	repository?: string;
}

async function run(options: Options = {}) {
	const { off = [], values = {}, parameters = {}, startAt, nobodyTold = false } = options;
	const told: Record<string, IDataObject> = {};
	const engine = await createEngine({
		library: { drSettings: settingsWith(values), drTellPeople: withoutRetries(tellPeople) },
		credentials: {
			'Backup repository': credentialFor(options.repository ?? directory),
			'Throw-away n8n': { baseUrl: `http://127.0.0.1:${nobody}`, apiKey: 'none' },
		},
		outside: (node, asked) => {
			if (nobodyTold) throw new Error(`No way out by "${node}"`);
			told[node] = asked;
			return node === 'Send a mail' ? { messageId: '<1@example>' } : { ok: true };
		},
	});
	const workflow = structuredClone(shipped);
	for (const node of workflow.nodes) {
		if (off.some((part) => PARTS[part] === node.name)) node.disabled = true;
		Object.assign(node.parameters, parameters[node.name]);
		if (node.name === PARTS.n8n)
			node.credentials!['drN8nApi'] = { id: '1', name: 'Throw-away n8n' };
	}
	const { status, error, output } = await engine.run(workflow, { ...(startAt && { startAt }) });
	const summary = output('Summarise the test')[0]?.map(({ json }) => json) as IDataObject[];
	return {
		...{ status, error: error?.message, summary: summary[0]! },
		recorded: output('Record the test')[0]?.[0]?.json as IDataObject,
		page: output('Write the report')[0]?.[0]?.binary?.['report'],
		mail: told['Send a mail'],
	};
}

const filesOf = async (part: Part) =>
	(await readdir(directory, { recursive: true })).filter((name) => name.includes(`${ids[part]}/`));

/** Spoils one byte of the payload of a backup. */
async function damage(part: Part): Promise<void> {
	const payload = (await filesOf(part)).find((name) => name.endsWith('.age'))!;
	const body = await readFile(join(directory, payload));
	body[body.length - 9]! ^= 1;
	await writeFile(join(directory, payload), body);
}

const WORDS = {
	postgres:
		/^Postgres: teruggezet en vergeleken in [\d.]+ s \(1 tabellen, 300 rijen\)\. Back-up mrdj-\d{14}, [\d.]+ minuten oud\.$/,
	redis: /^Redis: teruggezet en vergeleken in [\d.]+ s \(2 sleutels\)\. Back-up .+ oud\.$/,
	env: /^managed\.env: teruggelezen en vergeleken in [\d.]+ s \(checksum gelijk\)\. Back-up .+ oud\.$/,
	n8n: /^n8n-workflows: teruggelezen en vergeleken in [\d.]+ s \(2 workflows\)\. Back-up .+ oud\.$/,
};

test('restores the newest of each, and tells, records and reports result and time', async () => {
	const { status, error, summary, recorded, page, mail } = await run();
	expect(error).toBeUndefined();
	expect(status).toBe('success');
	expect(summary).toMatchObject({
		...{ succeeded: true, failed: [], skipped: [] },
		passed: ['Postgres', 'Redis', 'managed.env', 'n8n-workflows'],
		restoredBackups: Object.values(ids),
		lines: Object.values(WORDS).map((words) => expect.stringMatching(words) as unknown),
	});
	const [postgres, redis] = summary['parts'] as { seconds: number }[];
	for (const part of [postgres, redis]) expect(part?.seconds).toBeGreaterThan(0);
	for (const [part, level] of [
		...([
			['postgres', 'restored'],
			['redis', 'restored'],
			['env', 'readable'],
			['n8n', 'readable'],
		] as const),
	]) {
		expect(await filesOf(part)).toContainEqual(
			expect.stringMatching(new RegExp(`/verified-${level}-\\d{14}\\.json$`)),
		);
	}
	expect(recorded).toMatchObject({
		...{ kind: 'drill', outcome: 'succeeded', title: 'Maandelijkse restoretest', warnings: [] },
		instants: { restoreStarted: expect.any(String), dataRestored: expect.any(String) },
		restoredBackups: Object.values(ids).map((id) => ({ id })),
	});
	expect(mail).toMatchObject({
		...{ subject: '[Mister DJ] Restoretest geslaagd', options: { fileAttachments: 'report' } },
		toEmail: 'ops@mr-dj.nl, techlead@mr-dj.nl',
		text: expect.stringMatching(
			/^Restoretest van \d\d-\d\d-\d{4} .+\n\nPostgres: .+\nRedis: .+\nmanaged\.env: .+\nn8n-workflows: .+\n\nHet rapport/,
		) as unknown,
	});
	const { text } = parseStrictly(Buffer.from(page?.data ?? '', 'base64').toString('utf8'));
	expect(text).toMatch(/Maandelijkse restoretest[^]* to restore/);
	expect(JSON.stringify([summary, recorded, mail, text])).not.toMatch(/hunter2|3000/);
});

describe.each<Part>(['postgres', 'redis', 'env', 'n8n'])('with a damaged backup of %s', (part) => {
	test('that part fails the run, and the others are tested all the same', async () => {
		await damage(part);
		const { status, error, summary, recorded, page, mail } = await run();
		const words = Object.entries(WORDS).map(([name, passed]) =>
			name === part ? new RegExp(`: MISLUKT\\. The backup ${ids[part]} did not pass`) : passed,
		);
		expect(summary).toMatchObject({
			...{ succeeded: false, failed: [expect.stringContaining(ids[part])] },
			lines: words.map((one) => expect.stringMatching(one) as unknown),
		});
		expect(summary['passed']).toHaveLength(3);
		expect(recorded).toMatchObject({ kind: 'drill', outcome: 'partly' });
		expect(mail?.['subject']).toBe('[Mister DJ] Restoretest mislukt');
		expect(page).toBeDefined();
		expect(status).toBe('error');
		expect(error).toMatch(/^Niet geslaagd in de restoretest: \S+ \(.+\)\. Wel geslaagd: .+, .+\.$/);
		expect((await filesOf(part)).join()).not.toContain('verified-');
	});
});

test('a backup that is missing is a failure with its reason', async () => {
	const empty = await mkdtemp(join(folder, 'empty-'));
	const { summary, recorded, error } = await run({ repository: empty });
	expect(summary).toMatchObject({
		passed: [],
		lines: [
			'Postgres: MISLUKT. The repository has no Postgres backup.',
			'Redis: MISLUKT. The repository has no Redis backup.',
			'managed.env: MISLUKT. The repository has no file backup named managed.env.',
			'n8n-workflows: MISLUKT. The repository has no file backup named n8n-workflows.',
		],
	});
	expect(recorded).toMatchObject({ outcome: 'failed', instants: {} });
	expect(error).toMatch(/Wel geslaagd: geen\.$/);
});

test('a scratch target that is not there is a failure of its part alone', async () => {
	const elsewhere = { testOptions: { binariesDirectory: '/nowhere' } };
	const { summary, status } = await run({
		off: ['postgres'],
		parameters: { [PARTS.redis]: elsewhere, [PARTS.n8n]: { level: 'restored' } },
	});
	expect(status).toBe('error');
	expect(summary).toMatchObject({
		...{ passed: ['managed.env'], skipped: ['Postgres'] },
		failed: [
			expect.stringMatching(/^Redis \(.*redis-server/),
			expect.stringMatching(/^n8n-workflows \(.*127\.0\.0\.1/),
		],
	});
});

test('by its schedule Redis is tested in the months of the settings alone', async () => {
	const startAt = 'On the first of the month';
	const now = new Date(new Date().toLocaleString('en', { timeZone: 'Europe/Amsterdam' }));
	const month = now.getMonth() + 1;
	const redisMonths = (...months: number[]) => ({
		...{ startAt, off: ['postgres'] as const },
		values: { 'restoreTest.redisMonths': months.join(', ') },
	});
	const other = (month % 12) + 1;
	const { status, summary } = await run(redisMonths(other));
	expect(status).toBe('success');
	expect(summary).toMatchObject({
		...{ passed: ['managed.env', 'n8n-workflows'], skipped: ['Postgres', 'Redis'] },
		lines: [
			'Postgres: overgeslagen (staat uit).',
			`Redis: overgeslagen (aan de beurt in de maanden ${other}).`,
			expect.stringMatching(WORDS.env),
			expect.stringMatching(WORDS.n8n),
		],
	});
	const due = await run(redisMonths(other, month));
	expect(due.summary).toMatchObject({ passed: ['Redis', 'managed.env', 'n8n-workflows'] });
});

test('a test of nothing does not pass', async () => {
	const { status, error, recorded, mail } = await run({
		...{ off: ['postgres', 'redis'], values: { 'backups.envName': '', 'backups.n8nName': '' } },
	});
	expect(mail?.['subject']).toBe('[Mister DJ] Restoretest overgeslagen');
	expect(recorded).toMatchObject({ outcome: 'aborted' });
	expect(status).toBe('error');
	expect(error).toContain('niets getest: alle onderdelen staan uit');
});

test('what could not be recorded, reported or told fails the run too', async () => {
	const { summary, error } = await run({
		...{ off: ['postgres', 'redis', 'n8n'], nobodyTold: true },
		parameters: {
			'Record the test': { instants: { restoreStarted: 'yesterday' } },
			'Write the report': { options: { timeZone: 'Moon/Crater' } },
		},
	});
	expect(summary).toMatchObject({ succeeded: true, passed: ['managed.env'] });
	expect(error).toMatch(
		/restoretest: vastlegging \(.+\); rapport \(.*Moon\/Crater.*\); bericht \(.+No way out by .+\)\. Wel geslaagd: managed\.env\.$/,
	);
});
