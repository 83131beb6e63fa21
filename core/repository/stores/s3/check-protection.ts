import { GetObjectLockConfigurationCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { NotFoundError, StoreError } from '../../../errors';
import { ACTIONS } from './actions';
import type { S3Bucket } from './bucket';
import { isNotImplemented } from './failure';

/**
 * Rejects with `StoreError` where backups are to be locked, and the bucket has no Object Lock. Nothing
 * is written for that: what is locked cannot be removed again.
 */
export async function assertLockable(bucket: S3Bucket, signal?: AbortSignal): Promise<void> {
	if (bucket.protection.objectLock === undefined) return;
	if (await hasObjectLock(bucket, signal)) return;
	throw new StoreError(`${bucket.label} has no Object Lock, and backups are to be locked.`, {
		hint: 'Make a bucket with Object Lock switched on (most servers only do that when it is created), or choose None for Object Lock in the credential.',
	});
}

/** Whether the server may refuse to delete objects. Rejects where it does not tell. */
export async function hasObjectLock(bucket: S3Bucket, signal?: AbortSignal): Promise<boolean> {
	const { client, name } = bucket;
	try {
		const found = await bucket.attempt(
			ACTIONS.lookAtLock,
			'the settings',
			signal,
			async (options) => {
				try {
					return await client.send(
						new GetObjectLockConfigurationCommand({ Bucket: name }),
						options,
					);
				} catch (error) {
					if (isNotImplemented(error)) return undefined;
					throw error;
				}
			},
		);
		return found?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled';
	} catch (error) {
		if (error instanceof NotFoundError) return false;
		throw error;
	}
}

/**
 * Rejects with `StoreError` where the server has not encrypted the object at `key` in the way that was
 * asked for. Some servers take the request for it and ignore it.
 */
export async function assertEncrypted(
	bucket: S3Bucket,
	key: string,
	signal?: AbortSignal,
): Promise<void> {
	const asked = bucket.protection.serverSideEncryption;
	if (asked === undefined) return;
	const found = await bucket.attempt(ACTIONS.look, key, signal, (options) =>
		bucket.client.send(new HeadObjectCommand(bucket.at(key)), options),
	);
	if (found.ServerSideEncryption !== asked.algorithm) {
		throw new StoreError(
			`${bucket.label} does not encrypt what is written to it, although it was asked to (${asked.algorithm}): it reports ${found.ServerSideEncryption ?? 'no encryption'}.`,
			{
				hint: 'Choose Bucket Default for Server-Side Encryption in the credential, and rely on the encryption of the backups themselves; or set it up on the server.',
			},
		);
	}
	const keyId = asked.algorithm === 'aws:kms' ? asked.keyId : undefined;
	// Asked for by an alias or a short ID, it is reported by its full name.
	const isSure = keyId === undefined || keyId.includes('alias/') || found.SSEKMSKeyId === undefined;
	if (!isSure && !found.SSEKMSKeyId?.endsWith(keyId)) {
		throw new StoreError(`${bucket.label} encrypts with another KMS key than ${keyId}.`, {
			hint: 'Check the ID of the key in the credential, and the policy of the bucket.',
		});
	}
}
