import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openRepository, type Repository } from '../../core/repository/repository';
import { reasonOf } from '../../core/repository/reason';
import { S3_DEFAULTS, type S3StoreSettings } from '../../core/repository/stores/s3/settings';
import type { Encryption } from '../../core/repository/encryption';
import type { Surroundings } from '../command';
import { UsageError } from '../usage-error';

/** Options that say where the backups are; read by `openAt`. */
export const locationOptions = {
	directory: { type: 'string' },
	's3-bucket': { type: 'string' },
	's3-endpoint': { type: 'string' },
	's3-region': { type: 'string' },
	's3-prefix': { type: 'string' },
	's3-ca-file': { type: 'string' },
} as const;

export const locationUsage = `  Where the backups are: a directory, a bucket, or both
  --directory <path>    as in the credential "Backup repository"
  --s3-bucket <name>    with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment
  --s3-endpoint <url>   where it is not AWS itself
  --s3-region <name>    ${S3_DEFAULTS.region} unless AWS_REGION says otherwise
  --s3-prefix <path>    the folder in the bucket
  --s3-ca-file <path>   the certificate authority of a server with a private certificate`;

export type LocationValues = { readonly [Option in keyof typeof locationOptions]?: string };

/**
 * Opens the repository that the options name; nothing is contacted yet. Rejects with `UsageError` where
 * they name none, and as `openRepository` does.
 */
export async function openAt(
	values: LocationValues,
	{ env }: Pick<Surroundings, 'env'>,
	encryption: Encryption,
): Promise<Repository> {
	const { directory } = values;
	const s3 = await bucketOf(values, env);
	if (!directory && !s3) {
		throw new UsageError('It is not said where the backups are.', {
			hint: 'Add --directory <path> or --s3-bucket <name>, or both.',
		});
	}
	return openRepository({
		...(directory && { directory: { path: resolve(directory) } }),
		...(s3 && { s3 }),
		encryption,
	});
}

async function bucketOf(
	values: LocationValues,
	env: Surroundings['env'],
): Promise<S3StoreSettings | undefined> {
	const { 's3-bucket': bucket, 's3-endpoint': endpoint, 's3-ca-file': caFile } = values;
	if (!bucket) {
		const stray = Object.keys(values).find((option) => option.startsWith('s3-'));
		if (stray === undefined) return undefined;
		throw new UsageError(`--${stray} says nothing without a bucket.`, {
			hint: 'Add --s3-bucket <name>.',
		});
	}
	return {
		...S3_DEFAULTS,
		...{ bucket, prefix: values['s3-prefix'] ?? '' },
		region: values['s3-region'] ?? env.AWS_REGION ?? S3_DEFAULTS.region,
		...(endpoint && { endpoint }),
		...(caFile && { ca: await readText(caFile, 's3-ca-file') }),
		accessKeyId: secretIn(env, 'AWS_ACCESS_KEY_ID'),
		secretAccessKey: secretIn(env, 'AWS_SECRET_ACCESS_KEY'),
		...(env.AWS_SESSION_TOKEN && { sessionToken: env.AWS_SESSION_TOKEN }),
	};
}

function secretIn(env: Surroundings['env'], name: string): string {
	const value = env[name]?.trim() ?? '';
	if (value !== '') return value;
	throw new UsageError(`The environment variable ${name} is empty.`, {
		hint: `Take it from your vault: read -rs ${name} && export ${name}`,
	});
}

/** The text of a file that an option names. Rejects with `UsageError` where it cannot be read. */
export async function readText(path: string, option: string): Promise<string> {
	try {
		return await readFile(path, 'utf8');
	} catch (error) {
		throw new UsageError(`The file of --${option} cannot be read: ${reasonOf(error)}.`, {
			hint: 'Correct the path, or who may read the file.',
		});
	}
}
