import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { z } from 'zod';
import { ConfigurationError } from '../../core/errors';
import type { GitRemote } from '../../core/git/remote';
import { parseBaseUrl as parseN8nBaseUrl } from '../../core/n8n/base-url';
import type { N8nServer } from '../../core/n8n/server';
import type { PostgresServer } from '../../core/postgres/connection';
import type { RedisServer } from '../../core/redis/server';
import { parseBaseUrl } from '../../core/rentguy/base-url';
import type { RentGuyServer } from '../../core/rentguy/server';
import type { Encryption } from '../../core/repository/encryption';
import type { RepositorySettings } from '../../core/repository/repository';
import type { S3Protection } from '../../core/repository/stores/s3/protection';
import { S3_DEFAULTS } from '../../core/repository/stores/s3/settings';
import { readRenamedCommands } from './renamed-commands';

export const POSTGRES_SERVER = 'drPostgresServerApi';
export const REDIS_SERVER = 'drRedisServerApi';
export const RENTGUY_DASHBOARD = 'drRentGuyDashboardApi';
export const BACKUP_REPOSITORY = 'drBackupRepositoryApi';
export const N8N = 'drN8nApi';
export const GIT_REPOSITORY = 'drGitRepositoryApi';

const postgresServer = z.object({
	host: z.string().trim().min(1),
	port: z.coerce.number().int().min(1).max(65535),
	database: z.string().min(1),
	user: z.string().min(1),
	password: z.string(),
	tls: z.enum(['verify-full', 'require', 'disable']),
	ca: z.string().trim().default(''),
});

const redisServer = z.object({
	host: z.string().trim().min(1),
	port: z.coerce.number().int().min(1).max(65535),
	user: z.string().default(''),
	password: z.string().default(''),
	database: z.coerce.number().int().min(0).default(0),
	tls: z.enum(['verify-full', 'require', 'disable']),
	ca: z.string().trim().default(''),
	serverName: z.string().trim().default(''),
	renamedCommands: z.string().default(''),
});

const rentGuyDashboard = z.object({
	baseUrl: z.string().trim().min(1),
	user: z.string().min(1),
	password: z.string().min(1),
	tls: z.enum(['verify-full', 'require']),
	ca: z.string().trim().default(''),
});

const n8n = z.object({
	baseUrl: z.string().trim().min(1),
	apiKey: z.string().trim().min(1),
	tls: z.enum(['verify-full', 'require']),
	ca: z.string().trim().default(''),
});

const url = z.string().trim().min(1);
const gitRepository = z.discriminatedUnion('login', [
	z.object({
		...{ url, login: z.literal('password'), user: z.string().min(1) },
		...{ password: z.string().min(1), ca: z.string().trim().default('') },
	}),
	z.object({
		...{ url, login: z.literal('sshKey') },
		...{ privateKey: z.string().trim().min(1), knownHosts: z.string().trim().min(1) },
	}),
]);

const repository = z.object({
	storage: z.enum(['directory', 's3', 'directoryAndS3']),
	directory: z.string().trim().default(''),
	s3Endpoint: z.string().trim().default(''),
	s3Region: z.string().trim().default(''),
	s3Bucket: z.string().trim().default(''),
	s3Prefix: z.string().trim().default(''),
	s3AccessKeyId: z.string().trim().default(''),
	s3SecretAccessKey: z.string().default(''),
	s3ForcePathStyle: z.boolean().default(S3_DEFAULTS.forcePathStyle),
	s3Ca: z.string().trim().default(''),
	s3ObjectLock: z.enum(['none', 'COMPLIANCE', 'GOVERNANCE']).default('none'),
	s3ObjectLockDays: z.coerce.number().default(30),
	s3Encryption: z.enum(['default', 'AES256', 'aws:kms']).default('default'),
	s3KmsKeyId: z.string().trim().default(''),
	encryption: z.enum(['passphrase', 'keyPair', 'none']),
	passphrase: z.string().default(''),
	recipients: z.string().default(''),
	identities: z.string().default(''),
	identityPassphrase: z.string().default(''),
});

type RepositoryFields = z.infer<typeof repository>;

/** Throws `ConfigurationError` that names the fields to fill in. */
export function readPostgresServer(data: ICredentialDataDecryptedObject): PostgresServer {
	const { tls, ca, ...server } = parse(postgresServer, data, 'Postgres server');
	return {
		...server,
		tls: tls === 'verify-full' ? { mode: tls, ...(ca !== '' && { ca }) } : { mode: tls },
	};
}

/** Throws `ConfigurationError` that names the fields to fill in or to correct. */
export function readRedisServer(data: ICredentialDataDecryptedObject): RedisServer {
	const { user, tls, ca, serverName, ...fields } = parse(redisServer, data, 'Redis server');
	const renamedCommands = readRenamedCommands(fields.renamedCommands);
	return {
		...{ host: fields.host, port: fields.port, username: user, password: fields.password },
		database: fields.database,
		tls:
			tls === 'verify-full'
				? { mode: tls, ...(ca !== '' && { ca }), ...(serverName !== '' && { serverName }) }
				: { mode: tls },
		...(renamedCommands && { renamedCommands }),
	};
}

/** Throws `ConfigurationError` that names the fields to fill in or to correct. */
export function readRentGuyServer(data: ICredentialDataDecryptedObject): RentGuyServer {
	const { baseUrl, tls, ca, ...login } = parse(rentGuyDashboard, data, 'RentGuy dashboard');
	return {
		...{ baseUrl: parseBaseUrl(baseUrl), ...login },
		tls: tls === 'verify-full' ? { mode: tls, ...(ca !== '' && { ca }) } : { mode: tls },
	};
}

/** Throws `ConfigurationError` that names the fields to fill in or to correct. */
export function readN8nServer(data: ICredentialDataDecryptedObject): N8nServer {
	const { baseUrl, apiKey, tls, ca } = parse(n8n, data, 'n8n');
	return {
		...{ baseUrl: parseN8nBaseUrl(baseUrl), apiKey },
		tls: tls === 'verify-full' ? { mode: tls, ...(ca !== '' && { ca }) } : { mode: tls },
	};
}

/** Throws `ConfigurationError` that names the fields to fill in. */
export function readGitRemote(data: ICredentialDataDecryptedObject): GitRemote {
	const fields = parse(gitRepository, data, 'Git repository');
	if (fields.login === 'sshKey') {
		const { privateKey, knownHosts } = fields;
		return { url: fields.url, login: { kind: 'sshKey', privateKey, knownHosts } };
	}
	const { user, password, ca } = fields;
	return {
		...{ url: fields.url, login: { kind: 'password', user, password } },
		...(ca !== '' && { ca }),
	};
}

/** Throws `ConfigurationError` that names the fields to fill in. */
export function readRepositorySettings(data: ICredentialDataDecryptedObject): RepositorySettings {
	const fields = parse(repository, data, 'backup repository');
	const { storage } = fields;
	return {
		...(storage !== 's3' && { directory: { path: fields.directory } }),
		...(storage !== 'directory' && {
			s3: {
				...(fields.s3Endpoint !== '' && { endpoint: fields.s3Endpoint }),
				region: fields.s3Region,
				bucket: fields.s3Bucket,
				prefix: fields.s3Prefix,
				accessKeyId: fields.s3AccessKeyId,
				secretAccessKey: fields.s3SecretAccessKey,
				forcePathStyle: fields.s3ForcePathStyle,
				...(fields.s3Ca !== '' && { ca: fields.s3Ca }),
				...readProtection(fields),
			},
		}),
		encryption: readEncryption(fields),
	};
}

/** What the secret key of a repository is locked with; empty where it is not. */
export function readIdentityPassphrase(data: ICredentialDataDecryptedObject): string {
	const { encryption, identityPassphrase } = parse(repository, data, 'backup repository');
	return encryption === 'keyPair' ? identityPassphrase : '';
}

function readProtection(fields: RepositoryFields): S3Protection {
	const { s3ObjectLock: mode, s3ObjectLockDays: days, s3Encryption, s3KmsKeyId: keyId } = fields;
	return {
		...(mode !== 'none' && { objectLock: { mode, days } }),
		...(s3Encryption === 'AES256' && { serverSideEncryption: { algorithm: s3Encryption } }),
		...(s3Encryption === 'aws:kms' && {
			serverSideEncryption: { algorithm: s3Encryption, ...(keyId !== '' && { keyId }) },
		}),
	};
}

function readEncryption(fields: RepositoryFields): Encryption {
	switch (fields.encryption) {
		case 'none':
			return { kind: 'none' };
		case 'passphrase':
			return { kind: 'passphrase', passphrase: fields.passphrase };
		case 'keyPair':
			return {
				kind: 'recipients',
				recipients: [fields.recipients],
				identities: [fields.identities],
				...(fields.identityPassphrase !== '' && {
					locked: { files: [], passphrase: fields.identityPassphrase },
				}),
			};
	}
}

function parse<T>(schema: z.ZodType<T>, data: ICredentialDataDecryptedObject, what: string): T {
	const result = schema.safeParse(data);
	if (result.success) return result.data;
	const fields = [...new Set(result.error.issues.map((issue) => issue.path.join('.')))].join(', ');
	throw new ConfigurationError(`The ${what} credential is incomplete: ${fields}.`, {
		hint: 'Open the credential, fill in these fields and press Retry.',
	});
}
