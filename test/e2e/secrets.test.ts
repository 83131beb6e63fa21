import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';

import type { Execution } from '../support/n8n/n8n-client';
import { eventually } from '../support/eventually';
import { freePort } from '../support/free-port';
import { startPostgres, type RunningPostgres } from '../support/postgres-server';
import { descendants } from '../support/process-table';
import { startS3Server, type S3Server } from '../support/s3-server';
import { secretsIn } from '../support/secrets/forms';
import { ProcessWatch } from '../support/secrets/process-watch';
import { filesBelow, n8nDatabase } from '../support/secrets/written';
import { shippedWorkflow } from '../support/stage/shipped-workflow';
import { afterRestore, changeSettings } from '../support/stage/site-settings';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;
const RUN_LIMIT_MS = 10 * 60_000;
/** Whatever quotes, escapes or encodes a secret has to do something to these. */
const odd = (name: string) => `${name}"'é &%+/=\\:$;${randomBytes(9).toString('base64url')}`;

/** The secret that no credential has; it is shown on purpose, to see that it would be found. */
const CONTROL = 'control';

const secrets: Record<string, string> = {
	[CONTROL]: odd('control'),
	password: odd('pw'),
	wrongPassword: odd('wrong'),
	passphrase: odd('phrase'),
	s3Secret: odd('s3').replace('é', 'e'),
};

const backUp = { file: 'back-up-postgres.json', server: 'good' } as const;
const restore = { file: 'restore-postgres.json', server: 'good' } as const;
const SUCCEEDING: Record<string, Case> = {
	passphrase: { ...backUp, repositories: ['passphrase'], engine: 'embedded' },
	keyPair: { ...backUp, repositories: ['keyPair'], engine: 'native' },
	restore: { ...restore, repositories: ['keyPair'], engine: 'native' },
};
const FAILING: Record<string, Case> = {
	wrongPassword: {
		...{ ...backUp, server: 'wrongPassword' },
		...{ repositories: ['keyPair'], engine: 'native' },
	},
	noTls: { ...backUp, server: 'noTls', repositories: ['keyPair'], engine: 'embedded' },
	wrongKey: { ...backUp, repositories: ['keyPair', 'otherKey'], engine: 'native' },
	refused: { ...backUp, repositories: ['refused'], engine: 'native' },
	refusedRestore: { ...restore, repositories: ['refused'], engine: 'native' },
	killed: { ...backUp, server: 'large', repositories: ['keyPair'], engine: 'native' },
};

let stage: Stage;
let postgres: RunningPostgres;
let s3: S3Server;

beforeAll(async () => {
	[secrets['identity'], secrets['otherIdentity']] = await Promise.all([
		generateX25519Identity(),
		generateX25519Identity(),
	]);
	s3 = await startS3Server({ secretAccessKey: secrets['s3Secret'] ?? '' });
	[stage, postgres] = await Promise.all([
		setStage({ settings: { N8N_LOG_LEVEL: 'debug' } }),
		startPostgres({ major: 15 }),
	]);
	await createSource();
	await importCredentials();
	const site = { ...afterRestore(stage), 'restore.schemaQuery': '' };
	await changeSettings(stage.n8n.client, site);
}, START_LIMIT_MS);

afterAll(async () => {
	await stage?.clear();
	await postgres?.stop();
	await s3?.stop();
});

/** Its log has every statement from here on, but not the one that sets the password. */
async function createSource(): Promise<void> {
	const admin = await postgres.admin();
	const password = admin.escapeLiteral(secrets['password'] ?? '');
	await admin.query(`create role shop login superuser password ${password}`);
	await admin.query('create database shop owner shop');
	await admin.query('create database large owner shop');
	await admin.query("alter system set log_statement = 'all'");
	await admin.query("alter system set log_connections = 'on'");
	await admin.query('select pg_reload_conf()');
	await admin.end();
	const fill = async (database: string, rows: number) => {
		const client = await postgres.admin(database);
		await client.query('create table booking (id int, notes text)');
		await client.query('alter table booking alter notes set storage external');
		await client.query(
			`insert into booking
			select i, (select string_agg(md5(i || '-' || j), '') from generate_series(1, 400) j)
			from generate_series(1, $1::int) i`,
			[rows],
		);
		await client.end();
	};
	await fill('shop', 100);
	// Too much for the buffers on the way to a store that takes nothing.
	await fill('large', 8_000);
}

async function importCredentials(): Promise<void> {
	const { host, port } = postgres;
	const server = { host, port, database: 'shop', user: 'shop', password: secrets['password'] };
	const postgresServers = {
		good: { ...server, tls: 'disable' },
		large: { ...server, tls: 'disable', database: 'large' },
		wrongPassword: { ...server, tls: 'disable', password: secrets['wrongPassword'] },
		noTls: { ...server, tls: 'verify-full' },
	};
	const directory = stage.backupDirectory;
	const bucket = {
		s3Endpoint: s3.endpoint,
		...{ s3Region: s3.region, s3Bucket: s3.bucket, s3AccessKeyId: s3.accessKeyId },
		s3SecretAccessKey: secrets['s3Secret'],
	};
	const keyPair = async (name: string) => ({
		encryption: 'keyPair',
		recipients: await identityToRecipient(secrets[name] ?? ''),
		identities: secrets[name],
	});
	const repositories = {
		passphrase: {
			...{ storage: 'directoryAndS3', directory, ...bucket },
			...{ encryption: 'passphrase', passphrase: secrets['passphrase'] },
		},
		keyPair: { storage: 'directoryAndS3', directory, ...bucket, ...(await keyPair('identity')) },
		otherKey: { storage: 'directory', directory, ...(await keyPair('otherIdentity')) },
		refused: {
			...{ storage: 's3', ...bucket, s3Endpoint: `http://127.0.0.1:${await freePort()}` },
			...(await keyPair('identity')),
		},
	};
	const credentials = (type: string, all: Record<string, Record<string, unknown>>) =>
		Object.entries(all).map(([name, data]) => ({ id: `secret${name}`, name, type, data }));
	await stage.n8n.importCredentials([
		...credentials('drPostgresServerApi', postgresServers),
		...credentials('drBackupRepositoryApi', repositories),
	]);
}

interface Case {
	file: 'back-up-postgres.json' | 'restore-postgres.json';
	server: string;
	/** Of the first node that needs one, and of the second where that is another. */
	repositories: readonly [string, string?];
	engine: 'native' | 'embedded';
}

/** A shipped workflow with other credentials. */
async function workflowOf({ file, server, repositories, engine }: Case, id: string) {
	const workflow = await shippedWorkflow(file);
	const [first, second = first] = repositories;
	const nodes = workflow.nodes.filter((node) => node.credentials?.['drBackupRepositoryApi']);
	nodes.forEach((node, index) => {
		const repository = { id: null, name: index === 0 ? first : second };
		node.credentials = { ...node.credentials, drBackupRepositoryApi: repository };
		const { operation, options } = node.parameters;
		if (operation === 'create') node.parameters['options'] = { ...(options as object), engine };
	});
	for (const { credentials } of workflow.nodes) {
		if (credentials?.['drPostgresServerApi'] === undefined) continue;
		credentials['drPostgresServerApi'] = { id: null, name: server };
	}
	return { ...workflow, id, name: id };
}

async function run(id: string, meanwhile?: () => Promise<void>): Promise<Execution> {
	const { client } = stage.n8n;
	const execution = await client.run(id);
	await meanwhile?.();
	return await client.finished(execution);
}

/** Stops pg_dump in the middle, as the kernel does when memory runs out. */
async function killPgDump(): Promise<void> {
	const { pid } = stage.n8n.main;
	const dump = await eventually(async () => {
		const [line] = (await descendants(pid)).filter((one) => one.includes('pg_dump'));
		expect(line).toBeDefined();
		expect(s3.openUploads()).not.toEqual([]);
		return line;
	}, 60_000);
	process.kill(Number.parseInt(dump ?? '', 10), 'SIGKILL');
}

async function runAll(): Promise<Record<'succeeded' | 'failed', Execution[]>> {
	const succeeded: Execution[] = [];
	for (const id of Object.keys(SUCCEEDING)) succeeded.push(await run(id));
	const failed: Execution[] = [];
	for (const id of Object.keys(FAILING)) {
		const isKilled = id === 'killed';
		const effect = { kind: 'hang' } as const;
		if (isKilled) s3.faults.add({ when: ({ query }) => query.has('partNumber'), effect });
		failed.push(await run(id, isKilled ? killPgDump : undefined));
	}
	return { succeeded, failed };
}

test(
	'no run, whether it succeeds or fails, shows a secret anywhere',
	async () => {
		const all = { ...SUCCEEDING, ...FAILING };
		await stage.n8n.importWorkflows(
			await Promise.all(Object.entries(all).map(([id, one]) => workflowOf(one, id))),
		);
		const watch = new ProcessWatch(secrets);
		const endControls = startControls();
		let seen: Awaited<ReturnType<typeof watch.stop>>;
		let runs: Awaited<ReturnType<typeof runAll>>;
		try {
			runs = await runAll();
		} finally {
			seen = await watch.stop();
			endControls();
		}
		const { succeeded, failed } = runs;
		const { sightings, programs } = seen;

		expect(succeeded.map(({ status }) => status)).toEqual(succeeded.map(() => 'success'));
		expect(failed.map(({ status }) => status)).toEqual(failed.map(() => 'error'));
		expect(programs).toContain('pg_dump');
		// libpq takes a password from there; nobody but the same user can see it.
		const allowed = ['password', 'wrongPassword'];
		const isAllowed = ({ program, where, secret }: (typeof sightings)[number]) =>
			['pg_dump', 'pg_restore'].includes(program) &&
			where === 'environ' &&
			allowed.includes(secret);
		const isControl = ({ secret }: (typeof sightings)[number]) => secret === CONTROL;
		expect(sightings.filter((one) => !isAllowed(one) && !isControl(one))).toEqual([]);
		// Had a run shown a secret in this way, it would have been seen.
		expect(sightings.filter(isControl).map(({ where }) => where)).toEqual(
			expect.arrayContaining(['cmdline', 'environ']),
		);

		for (const [what, text] of await everythingWritten([...succeeded, ...failed])) {
			expect({ what, secrets: secretsIn(text, secrets) }).toEqual({ what, secrets: [] });
		}
		const planted = await plantControls();
		const found = (await everythingWritten([...succeeded, ...failed]))
			.filter(([, text]) => secretsIn(text, secrets).includes(CONTROL))
			.map(([what]) => what);
		expect(found).toEqual(expect.arrayContaining(planted));
	},
	RUN_LIMIT_MS,
);

/** Shows a secret that nobody uses in both ways in which a process can; ends with the answer. */
function startControls(): () => void {
	const secret = secrets[CONTROL] ?? '';
	const shown = [
		spawn('sh', ['-c', 'read line', 'sh', secret], { env: { PATH: process.env['PATH'] } }),
		spawn('sh', ['-c', 'read line'], { env: { PATH: process.env['PATH'], SECRET: secret } }),
	];
	return () => shown.forEach((child) => child.stdin.end());
}

/** Writes that secret to the places that are searched; the answer names them. */
async function plantControls(): Promise<string[]> {
	const secret = secrets[CONTROL] ?? '';
	const files = [stage.backupDirectory, stage.n8n.folder].map((folder) => join(folder, 'control'));
	for (const file of files) await writeFile(file, JSON.stringify({ secret }));
	await appendFile(stage.n8n.main.logFile, `\n${encodeURIComponent(secret)}\n`);
	for (const [server, database] of [
		[postgres, 'shop'],
		[stage.postgres, 'n8n'],
	] as const) {
		const admin = await server.admin(database);
		await admin.query(`create table control as select ${admin.escapeLiteral(secret)} as text`);
		await admin.end();
	}
	return ['log of n8n', 'log of Postgres', 'database of n8n', ...files];
}

/** What a secret could have been written to, by name. */
async function everythingWritten(executions: readonly Execution[]): Promise<[string, string][]> {
	const { n8n } = stage;
	const log = await readFile(n8n.main.logFile, 'utf8');
	expect(log).toContain('debug');
	const statements = await readFile(postgres.logFile, 'utf8');
	expect(statements).toMatch(/pg_export_snapshot/);
	const objects = await Promise.all(
		s3
			.objects()
			.map(async ({ key }): Promise<[string, string]> => [
				key,
				(await s3.content(key)).toString('utf8'),
			]),
	);
	expect(objects.length).toBeGreaterThan(3);
	return [
		['log of n8n', log],
		['log of Postgres', statements],
		['log of the Postgres of n8n', await readFile(stage.postgres.logFile, 'utf8')],
		...executions.map((one): [string, string] => [`execution ${one.id}`, JSON.stringify(one)]),
		['database of n8n', await n8nDatabase(stage)],
		...objects,
		...(await filesBelow(stage.backupDirectory)),
		...(await filesBelow(n8n.folder)),
	];
}
