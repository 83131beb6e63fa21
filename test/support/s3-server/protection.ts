import { invalidRequest, S3Error } from './s3-error';

/** Until when nobody may delete an object, and whether a special right can lift that. */
export interface Retention {
	readonly mode: 'COMPLIANCE' | 'GOVERNANCE';
	readonly until: Date;
}

/** What the server says that it encrypts an object with; the bytes on its disk stay as they are. */
export interface ObjectEncryption {
	readonly algorithm: 'AES256' | 'aws:kms';
	readonly keyId?: string;
}

export interface Protection {
	readonly retention?: Retention;
	readonly encryption?: ObjectEncryption;
	/** Keeps it until somebody takes the hold away. */
	readonly legalHold?: boolean;
}

/** Whether nobody may delete it now. */
export function isLocked({ retention, legalHold }: Protection, now: Date): boolean {
	return legalHold === true || (retention !== undefined && retention.until > now);
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const LOCK = 'x-amz-object-lock-';
const ENCRYPTION = 'x-amz-server-side-encryption';
const DEFAULT_KEY = 'arn:aws:kms:eu-test-1:1:key/default';

/** What a write asks for, refused where AWS refuses it. */
export function protectionOf(headers: Headers, bucketHasLock: boolean, now: Date): Protection {
	const retention = retentionOf(headers, now);
	if (retention && !bucketHasLock) {
		throw invalidRequest('Bucket is missing Object Lock Configuration');
	}
	const encryption = encryptionOf(headers);
	return { ...(retention && { retention }), ...(encryption && { encryption }) };
}

/** How an answer tells of it. */
export function protectionHeaders({
	retention,
	encryption,
	legalHold,
}: Protection): Record<string, string> {
	return {
		...(legalHold && { [`${LOCK}legal-hold`]: 'ON' }),
		...(retention && {
			[`${LOCK}mode`]: retention.mode,
			[`${LOCK}retain-until-date`]: retention.until.toISOString(),
		}),
		...(encryption && { [ENCRYPTION]: encryption.algorithm }),
		...(encryption?.keyId && { [`${ENCRYPTION}-aws-kms-key-id`]: encryption.keyId }),
	};
}

function retentionOf(headers: Headers, now: Date): Retention | undefined {
	const mode = headers[`${LOCK}mode`];
	const date = headers[`${LOCK}retain-until-date`];
	if (mode === undefined && date === undefined) return undefined;
	if (mode === undefined || date === undefined) {
		throw invalidArgument('Mode and date of a lock have to come together.');
	}
	if (mode !== 'COMPLIANCE' && mode !== 'GOVERNANCE') throw invalidArgument('Unknown WORM mode.');
	const until = new Date(String(date));
	if (!(until > now)) throw invalidArgument('The retain until date must be in the future!');
	return { mode, until };
}

function encryptionOf(headers: Headers): ObjectEncryption | undefined {
	const algorithm = headers[ENCRYPTION];
	const keyId = headers[`${ENCRYPTION}-aws-kms-key-id`];
	if (algorithm === undefined && keyId === undefined) return undefined;
	if (algorithm === 'aws:kms') return { algorithm, keyId: String(keyId ?? DEFAULT_KEY) };
	if (algorithm !== 'AES256' || keyId !== undefined) {
		throw invalidArgument('The server-side encryption that was asked for is not valid.');
	}
	return { algorithm };
}

function invalidArgument(why: string): S3Error {
	return new S3Error(400, 'InvalidArgument', why);
}
