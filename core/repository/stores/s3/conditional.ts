import { randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { ConflictError, StoreError } from '../../../errors';
import { type S3Bucket, WRITE_MARK } from './bucket';
import { ACTIONS } from './actions';
import { isNotImplemented } from './failure';
import { withGrace } from './grace';
import { encryptionInput, lockInput } from './protection';

/**
 * Runs a write with `If-None-Match: *`, and again without it where the server does not know it. Such
 * servers, and those that silently ignore it, are guarded by the look at the key before each write.
 */
export async function onlyIfAbsent<Output>(
	write: (condition: { IfNoneMatch?: '*' }) => Promise<Output>,
): Promise<Output> {
	try {
		return await write({ IfNoneMatch: '*' });
	} catch (error) {
		if (isNotImplemented(error)) return await write({});
		throw error;
	}
}

/** Rejects with `ConflictError` where the key exists. */
export async function assertAbsent(bucket: S3Bucket, key: string, signal?: AbortSignal) {
	if (await bucket.head(key, signal)) throw taken(bucket, key);
}

/**
 * Creates an object in one request, unless its key is taken. Locked as the settings say, unless it is
 * to be removed again.
 */
export async function putOnce(
	bucket: S3Bucket,
	key: string,
	body: Buffer,
	mark: string,
	signal?: AbortSignal,
	lock = lockInput(bucket.protection, key),
): Promise<void> {
	await bucket.attempt(ACTIONS.write, key, signal, (options) =>
		onlyIfAbsent((condition) =>
			bucket.client.send(
				new PutObjectCommand({
					...bucket.at(key),
					Body: body,
					ContentLength: body.length,
					Metadata: { [WRITE_MARK]: mark },
					...encryptionInput(bucket.protection),
					...lock,
					...bucket.checksum(body),
					...condition,
				}),
				options,
			),
		),
	);
}

export const newMark = (): string => randomUUID();

/**
 * Runs the request that makes an object visible, and finds out what became of it: a retry after a
 * lost answer meets our own object and is refused, and a broken connection says nothing at all.
 * Resolves only when the object is there, is ours and has the right size.
 *
 * A cancel leaves the request a moment to end: what is being committed should be known to exist or not.
 */
export async function settleWrite(
	bucket: S3Bucket,
	key: string,
	expected: { bytes: number; mark: string },
	signal: AbortSignal | undefined,
	write: (signal: AbortSignal | undefined) => Promise<void>,
): Promise<void> {
	const lenient = signal && withGrace(signal, bucket.limits.graceMs);
	const failure = await write(lenient).then(
		() => undefined,
		(error: unknown) => ({ error }),
	);
	const found = await lookAgain(bucket, key, failure?.error);
	if (found?.mark === expected.mark) {
		if (found.bytes === expected.bytes) return;
		throw new StoreError(
			`${key} in ${bucket.label} has ${found.bytes} bytes, but ${expected.bytes} were sent.`,
			{ hint: 'The S3 server lost data. Look at its log before trusting it with a backup.' },
		);
	}
	if (failure) throw failure.error;
	// Some servers drop metadata: then the right size right after a success has to do.
	if (found && found.mark === undefined && found.bytes === expected.bytes) return;
	if (found) throw taken(bucket, key);
	throw new StoreError(`${key} is not in ${bucket.label}, although the server confirmed it.`, {
		hint: 'The S3 server lost data. Look at its log before trusting it with a backup.',
	});
}

async function lookAgain(bucket: S3Bucket, key: string, failure: unknown) {
	try {
		return await bucket.head(key, AbortSignal.timeout(bucket.limits.cleanUpTimeoutMs));
	} catch (error) {
		const known = failure instanceof Error ? `${failure.message} ` : '';
		throw new StoreError(
			`${known}It is unknown whether ${key} was written to ${bucket.label} all the same.`,
			{
				hint: 'Check the S3 server, and list the backups once it can be reached again.',
				cause: failure ?? error,
			},
		);
	}
}

function taken(bucket: S3Bucket, key: string): ConflictError {
	return new ConflictError(`${key} exists already in ${bucket.label}, and was left as it is.`, {
		hint: 'Another run wrote the same backup. Look at that one before running again.',
	});
}
