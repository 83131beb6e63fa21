import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import { ConfigurationError } from '../../../errors';
import { parseKey } from '../../keys';

/** For how long the server keeps what is written, whoever wants to delete it. */
export interface ObjectLock {
	/** Nobody can shorten `COMPLIANCE`; who has a special right can lift `GOVERNANCE`. */
	mode: 'COMPLIANCE' | 'GOVERNANCE';
	/** Counted from the moment of writing. */
	days: number;
}

/** What the server itself encrypts with; none means whatever the bucket does by default. */
export type ServerSideEncryption =
	{ algorithm: 'AES256' } | { algorithm: 'aws:kms'; keyId?: string };

/** The part of S3's settings that protects what is written. */
export interface S3Protection {
	objectLock?: ObjectLock;
	serverSideEncryption?: ServerSideEncryption;
}

/** Where these settings are entered. */
const HINT = "Correct it in the repository's credential.";
/** A hundred years, which is the most that AWS takes. */
const MOST_DAYS = 36_500;
const DAY_MS = 24 * 60 * 60_000;

/** Rejects, before anything is sent, what can never work. */
export function assertProtection({ objectLock, serverSideEncryption }: S3Protection): void {
	if (objectLock) {
		const { days } = objectLock;
		if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS) {
			throw new ConfigurationError(
				`Objects cannot be locked for ${days} days: it takes a whole number from 1 to ${MOST_DAYS}.`,
				{ hint: HINT },
			);
		}
	}
	if (
		serverSideEncryption?.algorithm === 'aws:kms' &&
		/\s/.test(serverSideEncryption.keyId ?? '')
	) {
		throw new ConfigurationError('The ID of the KMS key has a blank in it.', { hint: HINT });
	}
}

/** The input of a write that asks the server to encrypt. */
export function encryptionInput({
	serverSideEncryption: asked,
}: S3Protection): Pick<PutObjectCommandInput, 'ServerSideEncryption' | 'SSEKMSKeyId'> {
	if (asked === undefined) return {};
	const keyId = asked.algorithm === 'aws:kms' ? asked.keyId : undefined;
	return {
		ServerSideEncryption: asked.algorithm,
		...(keyId !== undefined && { SSEKMSKeyId: keyId }),
	};
}

/**
 * The input of a write of this key that locks it. Verification records stay without a lock: they are
 * written long after their backup, and would outlive it in the bucket. So does what a repair removes.
 */
export function lockInput(
	{ objectLock }: S3Protection,
	key: string,
	now = new Date(),
): Pick<PutObjectCommandInput, 'ObjectLockMode' | 'ObjectLockRetainUntilDate'> {
	const kind = parseKey(key)?.file.kind;
	const isKept = kind !== 'verification' && kind !== 'repair';
	if (objectLock === undefined || !isKept) return {};
	return {
		ObjectLockMode: objectLock.mode,
		ObjectLockRetainUntilDate: new Date(now.getTime() + objectLock.days * DAY_MS),
	};
}
