import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DisasterRecoveryError } from '../../../core/errors';
import { createS3Store, type S3StoreSettings } from '../../../core/repository/stores/s3';
import type { S3Limits } from '../../../core/repository/stores/s3/settings';
import type { Store } from '../../../core/repository/store';
import type { S3Server } from '../../support/s3-server';

/** Limits that let a test see in a second what takes minutes in production. */
export const SHORT_LIMITS: Partial<S3Limits> = {
	idleTimeoutMs: 500,
	connectTimeoutMs: 1_000,
	attempts: 2,
	graceMs: 300,
	cleanUpTimeoutMs: 3_000,
};

/** Settings that reach the server. */
export function settingsFor(server: S3Server): S3StoreSettings {
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = server;
	const access = { endpoint, region, bucket, accessKeyId, secretAccessKey };
	return { ...access, prefix: '/dr/main/', forcePathStyle: true };
}

/** A store in the server's bucket, under a prefix. */
export function storeOn(
	server: S3Server,
	limits: Partial<S3Limits> = {},
	settings: Partial<S3StoreSettings> = {},
): Store {
	return createS3Store({ ...settingsFor(server), ...settings }, limits);
}

/** Writes and commits one object. */
export async function writeObject(store: Store, key: string, content: Buffer): Promise<void> {
	const writer = await store.createWriter(key, {});
	await pipeline(Readable.from([content]), writer.stream);
	await writer.commit();
}

/** What a promise rejected with; fails where it did not. */
export async function failureOf(promise: Promise<unknown>): Promise<DisasterRecoveryError> {
	const outcome = await promise.then(
		() => 'nothing',
		(error: unknown) => error,
	);
	if (outcome instanceof DisasterRecoveryError) return outcome;
	throw new Error(`Expected one of our errors, not ${String(outcome)}.`);
}
