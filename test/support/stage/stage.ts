import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { openRepository, type Repository } from '../../../core/repository/repository';
import { readRepositorySettings } from '../../../nodes/shared/credentials';
import { type GitServer, startGitServer } from '../git-server';
import { type MailServer, startMailServer } from '../mail-server';
import { inSteps, type Undo } from '../in-steps';
import { installN8n } from '../n8n/install-n8n';
import { packPackage } from '../n8n/install-package';
import { N8nInstance, type PlainCredential } from '../n8n/n8n-instance';
import { createNetlify, type Netlify } from '../netlify';
import { createNotion, type Notion } from '../notion';
import { startOutsideWorld } from '../outside-world';
import { type Platform, startPlatform } from '../platform';
import { startPostgres, type RunningPostgres } from '../postgres-server';
import { startRedis, type RunningRedis } from '../redis-server';
import { startS3Server, type S3Server } from '../s3-server';
import { createSlack, type Slack } from '../slack';
import { type SshServer, startSshServer } from '../ssh-server';
import { type OnePasswordConnect, startOnePasswordConnect } from '../vault/one-password-connect';
import {
	besideProduction,
	exportCredential,
	gitCredential,
	n8nCredential,
	netlifyCredentials,
	notionCredential,
	onePasswordCredential,
	platformServerCredential,
	postgresCredential,
	redisCredential,
	rentGuyCredential,
	repositoryCredential,
	slackCredential,
	smtpCredential,
	webhookCredential,
} from './credentials';
import { createOwnedDatabase, type OwnedDatabase } from './owned-database';

const PACKAGE_ROOT = join(__dirname, '../../..');
const WORKFLOWS = join(PACKAGE_ROOT, 'workflows');
/** Of the key in the credential "n8n API", as docs/incident.md names them. */
const N8N_API_SCOPES = [
	...['execution:list', 'workflow:list', 'workflow:read', 'workflow:activate'],
	'workflow:deactivate',
];

export interface StageOptions {
	/** Told of every step; has to run it. */
	step?: <Result>(title: string, work: () => Promise<Result>) => Promise<Result>;
	/** Told of what happens within long steps. */
	report?: (news: string) => void;
	signal?: AbortSignal;
	/** Leaves the bringing in of credentials and workflows to the caller. */
	bare?: boolean;
	/** More environment variables for n8n. */
	settings?: Readonly<Record<string, string>>;
}

/** A real n8n with the packed package and the shipped workflows, and all that they work on. */
export interface Stage {
	readonly postgres: RunningPostgres;
	/** The database of the credential "Postgres server"; empty at first. */
	readonly database: OwnedDatabase;
	/** The server of the credential "Redis server"; empty at first. */
	readonly redis: RunningRedis;
	readonly s3: S3Server;
	/** The platform of the credential "RentGuy dashboard", with nothing in its queue. */
	readonly platform: Platform;
	/** Where the platform keeps its queue; no other server, so that the other one stays empty. */
	readonly platformRedis: RunningRedis;
	/** The server of the credential "Git repository"; nothing is in it. */
	readonly git: GitServer;
	/** The server of the credential "SMTP". */
	readonly mail: MailServer;
	/** One of the three hosts in the outside world that n8n reaches. */
	readonly slack: Slack;
	/** The other one. */
	readonly netlify: Netlify;
	/** And the third. */
	readonly notion: Notion;
	/** What n8n asked of other hosts. */
	readonly strayCalls: readonly string[];
	/** The machine of the credential "Platform server". */
	readonly sshServer: SshServer;
	/** The vault of the credential "1Password Connect". */
	readonly onePassword: OnePasswordConnect;
	/** What a caller shows in the header of the credential "Dashboard webhook". */
	readonly webhookSecret: string;
	/** Where the credential "Backup repository" keeps its files; others may lie beside them. */
	readonly backupDirectory: string;
	/** The repository of that credential. */
	readonly repository: Repository;
	/** The keys in the directory store of the credential "Backup repository". */
	filesInDirectory(): Promise<string[]>;
	readonly n8n: N8nInstance;
	/** All that the shipped workflows name. */
	readonly credentials: readonly PlainCredential[];
	/** Ends the servers and removes everything. */
	clear(): Promise<void>;
}

/** Starts the servers one by one; if one fails, those before it are ended again. */
export async function setStage(options: StageOptions = {}): Promise<Stage> {
	return await inSteps(async (undo) => await startServers(options, undo));
}

async function startServers(
	{
		step = async (_title, work) => await work(),
		report,
		signal,
		settings,
		bare = false,
	}: StageOptions,
	undo: Undo,
): Promise<Omit<Stage, 'clear'>> {
	const installed = await step('n8n is installed', async () => {
		return await installN8n({ report, signal });
	});
	const folder = await mkdtemp(join(tmpdir(), 'dr-stage-'));
	undo.push(async () => await rm(folder, { recursive: true, force: true }));
	const packageArchive = await step('The package is packed', async () => {
		return await packPackage(PACKAGE_ROOT, folder);
	});

	signal?.throwIfAborted();
	const servers = await step('Postgres, Redis, S3, Git, mail and the platform run', async () => {
		const postgres = await startPostgres();
		undo.push(postgres.stop);
		const redis = await startRedis();
		undo.push(redis.stop);
		const s3 = await startS3Server();
		undo.push(s3.stop);
		const platformRedis = await startRedis();
		undo.push(platformRedis.stop);
		const platform = await startPlatform({ redis: platformRedis });
		undo.push(platform.stop);
		const git = await startGitServer();
		undo.push(git.stop);
		const mail = await startMailServer();
		undo.push(mail.stop);
		const sshServer = await startSshServer();
		undo.push(sshServer.stop);
		const onePassword = await startOnePasswordConnect();
		undo.push(onePassword.stop);
		return {
			...{ postgres, redis, s3, platform, platformRedis, git, mail },
			...{ sshServer, onePassword },
		};
	});
	const { postgres, redis, s3, platform, git, mail, sshServer, onePassword } = servers;
	const hosts = { slack: createSlack(), netlify: createNetlify(), notion: createNotion() };
	const world = await startOutsideWorld({
		'slack.com': hosts.slack.listener,
		'api.netlify.com': hosts.netlify.listener,
		'api.notion.com': hosts.notion.listener,
	});
	undo.push(world.stop);
	const webhookSecret = randomBytes(18).toString('base64url');
	const database = await createOwnedDatabase(postgres, 'mrdj_db', 'mrdj_user');
	const n8nDatabase = await createOwnedDatabase(postgres, 'n8n', 'n8n');
	const backupDirectory = join(folder, 'backups');
	await mkdir(backupDirectory);
	const authority = join(folder, 'authority.pem');
	await writeFile(authority, world.ca);

	const n8n = await step(`n8n ${installed.version} runs, the package is in it`, async () => {
		const n8n = await N8nInstance.start({
			installed,
			database: n8nDatabase,
			packageArchive,
			settings: {
				N8N_RESTRICT_FILE_ACCESS_TO: backupDirectory,
				HTTPS_PROXY: world.proxy,
				NO_PROXY: 'localhost,127.0.0.1',
				NODE_EXTRA_CA_CERTS: authority,
				...settings,
			},
			signal,
		});
		undo.push(async () => await n8n.stop());
		return n8n;
	});
	signal?.throwIfAborted();
	const credential = await repositoryCredential(backupDirectory, s3);
	const repository = openRepository(readRepositorySettings(credential.data as never));
	const production = [
		...[postgresCredential(database), redisCredential(redis), rentGuyCredential(platform)],
		platformServerCredential(sshServer),
	];
	const credentials = [
		...[...production, ...besideProduction(production), credential],
		...[smtpCredential(mail), slackCredential(hosts.slack), gitCredential(git)],
		...[...netlifyCredentials(hosts.netlify), notionCredential(hosts.notion)],
		n8nCredential(n8n.url, await n8n.client.createApiKey(N8N_API_SCOPES)),
		await exportCredential(n8n.client),
		onePasswordCredential(onePassword),
		webhookCredential(webhookSecret),
	];
	if (!bare) {
		await step('Credentials and workflows are imported', async () => {
			await n8n.importCredentials(credentials);
			await n8n.importWorkflowFiles(WORKFLOWS);
			// n8n runs an error workflow, and what that calls, only when it is published.
			await n8n.client.publish('drSettings');
			await n8n.client.publish('drTellPeople');
			await n8n.client.publish('drReportFailure');
		});
	}
	const filesInDirectory = async () => await filesBelow(backupDirectory);
	return {
		...servers,
		...hosts,
		strayCalls: world.refused,
		database,
		webhookSecret,
		backupDirectory,
		repository,
		filesInDirectory,
		n8n,
		credentials,
	};
}

async function filesBelow(directory: string): Promise<string[]> {
	const entries = await readdir(directory, { recursive: true, withFileTypes: true });
	return entries
		.filter((entry) => entry.isFile())
		.map(({ parentPath, name }) => relative(directory, join(parentPath, name)))
		.sort();
}
