import { generateX25519Identity, identityToRecipient } from 'age-encryption';

import type { GitServer } from '../git-server';
import type { MailServer } from '../mail-server';
import type { N8nClient } from '../n8n/n8n-client';
import type { PlainCredential } from '../n8n/n8n-instance';
import type { Netlify } from '../netlify';
import type { Notion } from '../notion';
import type { Platform } from '../platform';
import type { RunningRedis } from '../redis-server';
import type { S3Server } from '../s3-server';
import type { Slack } from '../slack';
import type { SshServer } from '../ssh-server';
import type { OnePasswordConnect } from '../vault/one-password-connect';
import type { OwnedDatabase } from './owned-database';

/** The credential that the shipped workflows name "Postgres server". */
export function postgresCredential(database: OwnedDatabase): PlainCredential {
	return {
		id: 'postgresServer',
		name: 'Postgres server',
		type: 'drPostgresServerApi',
		data: { ...database, tls: 'disable' },
	};
}

/** The credential that the shipped workflows name "Redis server". */
export function redisCredential({ host, port, password }: RunningRedis): PlainCredential {
	return {
		id: 'redisServer',
		name: 'Redis server',
		type: 'drRedisServerApi',
		data: { host, port, user: '', password, tls: 'disable' },
	};
}

/** The credential that the shipped workflows name "RentGuy dashboard". */
export function rentGuyCredential({ baseUrl, user, password }: Platform): PlainCredential {
	return {
		id: 'rentGuyDashboard',
		name: 'RentGuy dashboard',
		type: 'drRentGuyDashboardApi',
		data: { baseUrl, user, password, tls: 'verify-full' },
	};
}

/** What drills use beside production, by the name of what it stands for. */
const BESIDE_PRODUCTION: Readonly<Record<string, readonly string[]>> = {
	'Postgres server': ['Postgres (staging)', 'Postgres (clone)'],
	'Redis server': ['Redis (staging)', 'Redis (clone)'],
	'RentGuy dashboard': ['RentGuy dashboard (staging)'],
	'Platform server': ['Platform server (clone)'],
};

/**
 * The credentials that the shipped workflows name for staging and for a clone. They lead to the same
 * servers, which a drill finds out.
 */
export function besideProduction(credentials: readonly PlainCredential[]): PlainCredential[] {
	return credentials.flatMap((one) =>
		(BESIDE_PRODUCTION[one.name] ?? []).map((name, index) => ({
			...one,
			...{ id: `${one.id}Beside${index}`, name },
		})),
	);
}

/** The credential that the shipped workflows name "Git repository". */
export function gitCredential({ url, user, password }: GitServer): PlainCredential {
	return {
		id: 'gitRepository',
		name: 'Git repository',
		type: 'drGitRepositoryApi',
		data: { url, login: 'password', user, password },
	};
}

/** The credential that the shipped workflows name "n8n export": a key that may do all that its owner may. */
export async function exportCredential(client: N8nClient): Promise<PlainCredential> {
	return {
		id: 'n8nExport',
		name: 'n8n export',
		type: 'drN8nApi',
		data: { baseUrl: client.url, apiKey: await client.createApiKey(), tls: 'verify-full' },
	};
}

/** The credential that the shipped workflows name "SMTP". */
export function smtpCredential({ host, port, user, password }: MailServer): PlainCredential {
	return {
		id: 'smtp',
		name: 'SMTP',
		type: 'smtp',
		data: { host, port, user, password, secure: false, disableStartTls: true },
	};
}

/** The credential that the shipped workflows name "n8n API": of n8n to itself. */
export function n8nCredential(url: string, apiKey: string): PlainCredential {
	return {
		id: 'n8nApi',
		name: 'n8n API',
		type: 'n8nApi',
		data: { baseUrl: new URL('api/v1', url).href, apiKey },
	};
}

/** The credential that the shipped workflows name "Slack". */
export function slackCredential({ token }: Slack): PlainCredential {
	return { id: 'slack', name: 'Slack', type: 'slackApi', data: { accessToken: token } };
}

/** The credentials that the shipped workflows name "Netlify" and "Netlify webhook". */
export function netlifyCredentials({ token, webhookSecret }: Netlify): PlainCredential[] {
	return [
		{ id: 'netlify', name: 'Netlify', type: 'netlifyApi', data: { accessToken: token } },
		{
			...{ id: 'netlifyWebhook', name: 'Netlify webhook', type: 'jwtAuth' },
			data: { keyType: 'passphrase', secret: webhookSecret, algorithm: 'HS256' },
		},
	];
}

/** The credential that the shipped workflows name "Notion". */
export function notionCredential({ token }: Notion): PlainCredential {
	return { id: 'notion', name: 'Notion', type: 'notionApi', data: { apiKey: token } };
}

/** The credential that the shipped workflows name "Platform server". */
export function platformServerCredential({
	host,
	port,
	user,
	privateKey,
}: SshServer): PlainCredential {
	return {
		id: 'platformServer',
		name: 'Platform server',
		type: 'sshPrivateKey',
		data: { host, port, username: user, privateKey, passphrase: '' },
	};
}

/** The credential that the shipped workflows name "1Password Connect". */
export function onePasswordCredential({ token }: OnePasswordConnect): PlainCredential {
	return {
		id: 'onePasswordConnect',
		name: '1Password Connect',
		type: 'httpBearerAuth',
		data: { token },
	};
}

/** The credential that the shipped workflows name "Dashboard webhook". */
export function webhookCredential(value: string): PlainCredential {
	return {
		id: 'dashboardWebhook',
		name: 'Dashboard webhook',
		type: 'httpHeaderAuth',
		data: { name: 'X-Dashboard-Secret', value },
	};
}

/** The credential that the shipped workflows name "Backup repository": two stores, a key pair. */
export async function repositoryCredential(
	directory: string,
	s3: S3Server,
): Promise<PlainCredential> {
	const identity = await generateX25519Identity();
	return {
		id: 'backupRepository',
		name: 'Backup repository',
		type: 'drBackupRepositoryApi',
		data: {
			storage: 'directoryAndS3',
			directory,
			s3Endpoint: s3.endpoint,
			s3Region: s3.region,
			s3Bucket: s3.bucket,
			s3AccessKeyId: s3.accessKeyId,
			s3SecretAccessKey: s3.secretAccessKey,
			encryption: 'keyPair',
			recipients: await identityToRecipient(identity),
			identities: identity,
		},
	};
}
