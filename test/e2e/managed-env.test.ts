import { randomBytes } from 'node:crypto';
import { access, chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startBrowser } from '../support/browser';
import { eventually } from '../support/eventually';
import { EditorPage } from '../support/editor-page';
import {
	failureOf,
	outputOf,
	type Execution,
	type Item,
	type Workflow,
} from '../support/n8n/n8n-client';
import { secretsIn } from '../support/secrets/forms';
import { filesBelow, n8nDatabase } from '../support/secrets/written';
import { nextRunOf, runsOf } from '../support/stage/scheduled-run';
import { nodeOf, shippedWorkflow } from '../support/stage/shipped-workflow';
import { changeSettings } from '../support/stage/site-settings';
import { setStage, type Stage } from '../support/stage/stage';
import { type BitwardenServe, startBitwardenServe } from '../support/vault/bitwarden-serve';

const START_LIMIT_MS = 10 * 60_000;
const LIMIT_MS = 240_000;
const ID = 'drBackUpManagedEnv';
/** Those that have the file, or the secret of a caller, in their data. */
const FORGETFUL = ['drStoreManagedEnv', 'drCompareManagedEnv', 'drHearManagedEnv'];
const secret = (name: string) => `${name}&%/\\:${randomBytes(9).toString('base64url')}`;
const secrets = { old: secret('old'), new: secret('new'), same: secret('same') };
const BEFORE = `PORT=3000\nSMTP_PASSWORD='${secrets.old}'\nexport API_KEY="${secrets.same.replace('\\', '\\\\')}"\n`;
const AFTER = `${BEFORE.replace(secrets.old, secrets.new)}ADDED=1\n`;
const SUBJECT = {
	differs: 'De kluis wijkt af: managed.env',
	agrees: 'De kluis klopt weer: managed.env',
};

let stage: Stage;
let bitwarden: BitwardenServe;
let path: string;
const executions: Execution[] = [];

beforeAll(async () => {
	stage = await setStage({
		settings: {
			...{ N8N_LOG_LEVEL: 'debug', N8N_RESTRICT_FILE_ACCESS_TO: tmpdir() },
			// In minutes: how long n8n still has what a run held of which nothing is kept.
			EXECUTIONS_DATA_PRUNE_HARD_DELETE_INTERVAL: '0.05',
		},
	});
	bitwarden = await startBitwardenServe();
	const { n8n, sshServer, onePassword } = stage;
	await mkdir(join(sshServer.folder, 'backend'));
	path = join(sshServer.folder, 'backend', 'managed.env');
	await writeFile(path, BEFORE, { mode: 0o600 });
	await n8n.importWorkflows([await fetchWorkflow()]);
	await changeSettings(n8n.client, {
		...{ 'hosts.serverFolder': sshServer.folder, 'vault.kind': 'onePasswordConnect' },
		...{ 'vault.address': `${onePassword.url}/`, 'vault.vaultId': onePassword.vaultId },
		'vault.itemId': onePassword.itemId,
	});
	for (const id of ['drStoreManagedEnv', 'drCompareManagedEnv', ID, 'drHearManagedEnv']) {
		await n8n.client.publish(id);
	}
}, START_LIMIT_MS);

afterAll(async () => {
	await bitwarden?.stop();
	await stage?.clear();
});

/** Brings the newest verified version back to where the platform has it. */
async function fetchWorkflow(): Promise<Workflow> {
	const workflow = await shippedWorkflow('back-up-managed-env.json');
	const fetch = nodeOf(workflow, 'Prove that it can be read');
	fetch.name = 'Fetch the file';
	fetch.parameters = {
		...{ resource: 'file', operation: 'fetch', backupChoice: 'newest-verified' },
		...{ destination: 'path', filePath: path },
	};
	const nodes = [nodeOf(workflow, 'Run by hand'), fetch];
	const first = [{ node: fetch.name, type: 'main', index: 0 }];
	const connections = { 'Run by hand': { main: [first] } };
	return { ...workflow, id: 'fetchEnv', name: 'Fetch env', nodes, connections };
}

/** How many mails and messages people have got. */
const told = () => [stage.mail.mails.length, stage.slack.messages.length] as const;

/** What they have got since. */
function toldSince([mails, messages]: ReturnType<typeof told>): string[] {
	const { mail, slack } = stage;
	return [
		...mail.mails
			.slice(mails)
			.map(({ subject, text }) => `mail: ${subject}\n${text.replaceAll('\r\n', '\n')}`),
		...slack.messages.slice(messages).map(({ text }) => `slack: ${text}`),
	];
}

async function runByHand(id = ID): Promise<Execution> {
	const { client } = stage.n8n;
	const execution = await client.finished(await client.run(id));
	executions.push(execution);
	return execution;
}

/** Runs it, and tells the outcome and what people were told meanwhile. */
async function run(): Promise<{ summary: Item; told: string[]; failure?: string }> {
	const before = told();
	const execution = await runByHand();
	const [summary = {}] = outputOf(execution, 'Summarise the run');
	return {
		...{ summary, told: toldSince(before) },
		...(execution.status !== 'success' && { failure: failureOf(execution) }),
	};
}

async function callWebhook(header: string): Promise<number> {
	const response = await fetch(new URL('webhook/managed-env-changed', stage.n8n.url), {
		method: 'POST',
		headers: { 'X-Dashboard-Secret': header, 'content-type': 'application/json' },
		body: JSON.stringify({ changed: 'managed.env' }),
	});
	return response.status;
}

test(
	'the dashboard has the file backed up at once, over SSH, and nobody else can',
	async () => {
		const { client } = stage.n8n;
		// The notes of a vault have lost the last line end.
		stage.onePassword.hold({ fields: { notesPlain: BEFORE.trimEnd() } });
		const known = await runsOf(client, ID);
		// n8n knows the address a moment after the workflow was published.
		await eventually(async () => expect(await callWebhook('guessed')).toBe(403));
		expect(await callWebhook(stage.webhookSecret)).toBe(200);
		const first = await nextRunOf(client, ID, known);
		executions.push(first);
		if (first.status !== 'success') throw new Error(failureOf(first));
		expect(outputOf(first, 'Summarise the run')).toMatchObject([
			{
				...{ stored: true, verified: 'readable', changedNames: [], warnings: [], failed: [] },
				vault: { state: 'sameSettings' },
			},
		]);
		expect(await runsOf(client, ID)).toHaveLength(known.length + 1);
		expect(toldSince([0, 0])).toEqual([]);
	},
	LIMIT_MS,
);

test(
	'a change is stored, and people are told once by name what the vault has not',
	async () => {
		expect((await run()).summary).toMatchObject({ changed: false, stored: false, failed: [] });
		await writeFile(path, AFTER);
		const changed = await run();
		expect(changed).not.toHaveProperty('failure');
		expect(changed.summary).toMatchObject({
			...{ addedNames: ['ADDED'], removedNames: [], changedNames: ['SMTP_PASSWORD'] },
			vault: { state: 'different', onlyInBackup: ['ADDED'], otherValue: ['SMTP_PASSWORD'] },
		});
		expect(changed.told).toHaveLength(2);
		for (const told of changed.told) {
			expect(told).toContain(SUBJECT.differs);
			expect(told).toContain('Alleen in de back-up: ADDED\n');
			expect(told).toContain('Alleen in de kluis: geen\n');
			expect(told).toContain('Andere waarde: SMTP_PASSWORD\n');
		}
		expect((await run()).told).toEqual([]);

		stage.onePassword.hold({ files: { 'other.env': BEFORE, 'managed.env': AFTER } });
		await changeSettings(stage.n8n.client, { 'vault.file': 'managed.env' });
		const agreed = await run();
		expect(agreed.summary).toMatchObject({ vault: { state: 'same' }, failed: [] });
		expect(agreed.told).toEqual([
			expect.stringContaining(SUBJECT.agrees),
			expect.stringContaining(SUBJECT.agrees),
		]);
		expect((await run()).told).toEqual([]);
		expect(stage.onePassword.refused).toEqual([]);
	},
	LIMIT_MS,
);

test(
	'a vault or a server that does not answer fails the run, and hides nothing of the other',
	async () => {
		stage.onePassword.goDown();
		const withoutVault = await run();
		stage.onePassword.comeBack();
		expect(withoutVault.failure).toMatch(/managed\.env.*mislukt: .*502/);
		expect(withoutVault.summary).toMatchObject({ stored: false, vault: { state: 'failed' } });
		expect(withoutVault.told).toEqual([]);

		stage.sshServer.goDown();
		stage.onePassword.hold({ files: { 'managed.env': BEFORE } });
		const withoutServer = await run();
		stage.sshServer.comeBack();
		expect(withoutServer.failure).toMatch(/mislukt: .*could not be reached over SSH/);
		expect(withoutServer.summary).toMatchObject({ backupId: '', vault: { state: 'different' } });
		expect(withoutServer.told).toHaveLength(2);
	},
	LIMIT_MS,
);

test(
	'Bitwarden is asked after a sync, for an attachment, a field or the notes',
	async () => {
		const { client } = stage.n8n;
		const { url, itemId } = bitwarden;
		await changeSettings(client, {
			...{ 'vault.kind': 'bitwarden', 'vault.address': url, 'vault.itemId': itemId },
		});
		bitwarden.hold({ attachments: { 'old-managed.env': BEFORE } });
		expect((await run()).failure).toContain('has no file with the name "managed.env"');
		bitwarden.hold({ attachments: { 'old-managed.env': BEFORE, 'managed.env': AFTER } });
		expect((await run()).summary).toMatchObject({ vault: { state: 'same' }, failed: [] });
		bitwarden.hold({ notes: BEFORE, fields: { env: AFTER } });
		await changeSettings(client, { 'vault.file': '', 'vault.field': 'env' });
		expect((await run()).summary).toMatchObject({ vault: { state: 'same' }, failed: [] });
		await changeSettings(client, { 'vault.field': '' });
		expect((await run()).summary).toMatchObject({ vault: { state: 'different' }, failed: [] });
		bitwarden.lock();
		expect((await run()).failure).toContain('Vault is locked');
		expect(bitwarden.refused).toEqual([]);
	},
	LIMIT_MS,
);

describe('the backend is restored over SSH', () => {
	const STATUS = 'docker compose ps --all --format json';
	const healthy = { Service: 'backend', State: 'running', Health: 'healthy', ExitCode: 0 };
	const database = { Service: 'postgres', State: 'running', Health: '', ExitCode: 0 };
	const inFolder = (name: string) => join(stage.sshServer.folder, name);

	/** What `docker compose ps` says from now on, an object a line. */
	const services = async (...rows: object[]) =>
		await writeFile(inFolder('ps'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
	const deploy = async (script: string) =>
		await writeFile(inFolder('deploy.sh'), `#!/bin/sh\necho "$@" >> deployed\n${script}\n`, {
			mode: 0o700,
		});
	/** How often each of the commands was run. */
	const counted = (text: string) =>
		stage.sshServer.commands.filter((command) => command.includes(text)).length;
	const deployed = async () => await readFile(inFolder('deployed'), 'utf8').catch((): string => '');

	beforeAll(async () => {
		await mkdir(inFolder('bin'));
		const docker = `#!/bin/sh
case "$*" in
	'compose config --services') printf 'postgres\\nbackend\\n' ;;
	'compose ps --all --format json') cat ps && echo >> looked ;;
	*) exit 64 ;;
esac`;
		await writeFile(inFolder('bin/docker'), docker, { mode: 0o700 });
		await changeSettings(stage.n8n.client, {
			...{ 'hosts.restoreLookSeconds': 1, 'hosts.restoreGoodLooks': 2 },
		});
	});

	beforeEach(async () => {
		await rm(inFolder('deployed'), { force: true });
		await writeFile(path, AFTER);
	});

	test(
		'by one run of its command, once every service is up and healthy again',
		async () => {
			await deploy('');
			await services(database, { ...healthy, Health: 'starting' });
			const looks = counted(STATUS);
			const running = runByHand('drRestoreBackend');
			await eventually(async () => await access(inFolder('looked')), 60_000);
			await services(database, healthy);
			const restored = await running;
			if (restored.status !== 'success') throw new Error(failureOf(restored));
			expect(outputOf(restored, 'Summarise the restore')).toMatchObject([
				{
					...{ restored: true, command: 'finished', exitCode: 0, environment: 'same' },
					services: [{ service: 'postgres' }, { service: 'backend', health: 'healthy' }],
				},
			]);
			expect(counted(STATUS)).toBeGreaterThanOrEqual(looks + 3);
			expect(await deployed()).toBe('--mode restore\n');
		},
		LIMIT_MS,
	);

	test(
		'a connection that is lost meanwhile leaves the outcome unknown, and nothing is run again',
		async () => {
			await deploy('until [ -e go ]; do sleep 0.1; done');
			const running = runByHand('drRestoreBackend');
			await eventually(async () => expect(await deployed()).not.toBe(''), 60_000);
			stage.sshServer.dropConnections();
			const failed = await running;
			await writeFile(inFolder('go'), '');
			expect(failed.status).toBe('error');
			const said = failureOf(failed);
			expect(said).toContain('is onbekend: kijk eerst');
			for (const line of [`cd ${stage.sshServer.folder}`, STATUS, './deploy.sh --mode restore']) {
				expect(said).toContain(`\n${line}`);
			}
			expect(outputOf(failed, 'Summarise the restore')).toMatchObject([
				{ command: 'unknown', exitCode: null, environment: 'same', services: [{}, {}] },
			]);
			expect(await deployed()).toBe('--mode restore\n');
		},
		LIMIT_MS,
	);

	test(
		'what fails, never becomes healthy or is missing in the environment is named',
		async () => {
			await deploy('exit 3');
			const looks = counted(STATUS);
			const refused = await runByHand('drRestoreBackend');
			expect(failureOf(refused)).toContain('eindigde met code 3');
			expect(counted(STATUS)).toBe(looks);

			await deploy('');
			await writeFile(path, BEFORE);
			await services({ ...healthy, Health: 'unhealthy' });
			await changeSettings(stage.n8n.client, { 'hosts.restoreDeadlineMinutes': 0.02 });
			const failed = await runByHand('drRestoreBackend');
			expect(failureOf(failed)).toContain(
				'backend (running, unhealthy); postgres (geen container)',
			);
			expect(failureOf(failed)).toContain('In managed.env op de server ontbreken: ADDED.');
			expect(outputOf(failed, 'Summarise the restore')).toMatchObject([
				{ restored: false, command: 'finished', changedNames: ['SMTP_PASSWORD'] },
			]);
			stage.sshServer.goDown();
			const unreached = await runByHand('drRestoreBackend');
			stage.sshServer.comeBack();
			expect(failureOf(unreached)).toMatch(/is niet gestart, .* de server is niet bereikt/);
			expect(await deployed()).toBe('--mode restore\n--mode restore\n');
		},
		LIMIT_MS,
	);
});

test(
	'the file comes back, and no value of it was ever kept by n8n',
	async () => {
		await writeFile(path, 'lost');
		await chmod(path, 0o600);
		const fetched = await runByHand('fetchEnv');
		expect(outputOf(fetched, 'Fetch the file')).toMatchObject([
			{ state: 'replaced', warnings: [] },
		]);
		expect(await readFile(path, 'utf8')).toBe(AFTER);
		expect(await readdir(join(stage.sshServer.folder, 'backend'))).toEqual([
			'managed.env',
			expect.stringMatching(/^managed\.env\.before-\d{14}$/),
		]);

		for (const id of FORGETFUL) expect(await runsOf(stage.n8n.client, id)).toEqual([]);
		expect(stage.s3.objects().filter(({ key }) => key.endsWith('.age'))).toHaveLength(2);
		// n8n removes what it does not keep by a clean-up in the background.
		await eventually(async () => expect(await traces()).toEqual([]), 60_000);
	},
	LIMIT_MS,
);

/** Where a value of the file, or a secret of the workflows, is found. */
async function traces(): Promise<string[]> {
	const { n8n, s3, onePassword, webhookSecret } = stage;
	const log = await readFile(n8n.main.logFile, 'utf8');
	expect(log).toContain('debug');
	const objects = await Promise.all(
		s3.objects().map(async ({ key }) => [key, (await s3.content(key)).toString('latin1')] as const),
	);
	const written: (readonly [string, string])[] = [
		['log of n8n', log],
		['log of the Postgres of n8n', await readFile(stage.postgres.logFile, 'utf8')],
		['database of n8n', await n8nDatabase(stage)],
		...executions.map((one) => [`execution ${one.id}`, JSON.stringify(one)] as const),
		['messages', toldSince([0, 0]).join('\n')],
		...objects,
		...(await filesBelow(stage.backupDirectory)),
		...(await filesBelow(n8n.folder)),
	];
	const all = { ...secrets, webhookSecret, token: onePassword.token };
	return written.flatMap(([what, text]) => secretsIn(text, all).map((one) => `${one} in ${what}`));
}

test(
	'the canvases are for people to look at',
	async () => {
		const browser = await startBrowser();
		try {
			const editor = await EditorPage.logIn(browser, stage.n8n.url, stage.n8n.owner);
			for (const [id, name] of [
				[ID, 'back-up-managed-env'],
				['drStoreManagedEnv', 'store-managed-env'],
				['drCompareManagedEnv', 'compare-managed-env'],
				['drHearManagedEnv', 'hear-managed-env'],
				['drRestoreBackend', 'restore-backend'],
			] as const) {
				await editor.openWorkflow(id);
				await editor.screenshot(name);
			}
			await editor.close();
		} finally {
			await browser.close();
		}
	},
	LIMIT_MS,
);
