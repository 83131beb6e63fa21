import { ConflictError, ConnectionError, NotFoundError, StoreError } from '../../../errors';
import type { S3Action } from './actions';

/** Everything about a request that its error text may name. None of it is secret. */
export interface S3Attempt {
	readonly action: S3Action;
	/** What the action was about: a key, or the bucket itself. */
	readonly subject: string;
	readonly label: string;
	readonly bucket: string;
	readonly region: string;
	/** Host and port, or `AWS`. */
	readonly server: string;
}

/** The few properties of an SDK error that are worth knowing and safe to show. */
export interface S3Facts {
	readonly code: string;
	readonly status: number | undefined;
	readonly requestId: string | undefined;
	/** Where the bucket really is, when the server says so. */
	readonly region: string | undefined;
}

interface Explanation {
	readonly as:
		typeof ConnectionError | typeof StoreError | typeof NotFoundError | typeof ConflictError;
	readonly reason: string;
	readonly hint: string;
}

type Explain = (attempt: S3Attempt, facts: S3Facts) => Explanation;

const credential = "in the repository's credential";

const connection = (reason: string, hint: string): Explanation => ({
	as: ConnectionError,
	reason,
	hint,
});
const store = (reason: string, hint: string): Explanation => ({ as: StoreError, reason, hint });

const refused: Explain = ({ server }) =>
	connection(
		`${server} does not accept connections`,
		`Check the endpoint and its port ${credential}, and that the server is running.`,
	);
const unknownHost: Explain = ({ server }) =>
	connection(
		`the name of the server (${server}) cannot be found`,
		`Check the spelling of the endpoint and the region ${credential}, and the DNS of this machine. For a server of your own, turn on path style.`,
	);
const cut: Explain = ({ server }) =>
	connection(
		`the connection to ${server} broke, in several attempts`,
		'Check the network and the server, then run it again.',
	);
const stalled: Explain = ({ server }) =>
	connection(
		`${server} stopped answering, in several attempts`,
		'Check the network, firewalls and the load of the server, then run it again.',
	);
const untrusted: Explain = ({ server }) =>
	connection(
		`the certificate of ${server} is not signed by an authority that this machine trusts`,
		`Paste the certificate of the authority that signed it into CA ${credential}.`,
	);
const expiredCertificate: Explain = ({ server }) =>
	connection(
		`the certificate of ${server} is out of date, or the clock of this machine is wrong`,
		'Renew the certificate of the server, or set the clock.',
	);
const wrongName: Explain = ({ server }) =>
	connection(
		`the certificate of ${server} was made for another name`,
		`Enter the endpoint under the name in its certificate ${credential}, or turn on path style.`,
	);
const notTls: Explain = ({ server }) =>
	connection(
		`${server} does not speak the protocol of its address`,
		`Check whether the endpoint should start with http:// or https://, and its port, ${credential}.`,
	);
const notS3: Explain = ({ server }) =>
	connection(
		`${server} does not answer like an S3 server`,
		`Check the endpoint and its port ${credential}: it must be the S3 interface, not a web console.`,
	);

const unknownKey: Explain = () =>
	connection(
		'the server does not know the access key ID',
		`Check the access key ID ${credential}, and that it belongs to this server.`,
	);
const wrongSecret: Explain = () =>
	connection(
		'the server refused the signature: the secret access key does not belong to the access key ID',
		`Enter the secret access key again ${credential}.`,
	);
const expiredToken: Explain = () =>
	connection(
		'the session token is wrong or no longer valid',
		`Enter fresh temporary keys ${credential}, or lasting ones without a session token.`,
	);
const skewed: Explain = () =>
	connection(
		'the clocks of this machine and of the server differ by more than 15 minutes',
		'Set the clock of this machine (or of the server) right, best by NTP.',
	);
const denied: Explain = ({ action, bucket }) =>
	connection(
		'the server refused it to this access key',
		`Give the access key the right ${action.permission} on bucket ${bucket}. A wrong bucket name can also be the cause.`,
	);
const noBucket: Explain = ({ bucket }) =>
	connection(`there is no bucket ${bucket}`, `Check the bucket name ${credential}, or create it.`);
const otherRegion: Explain = ({ region }, facts) =>
	connection(
		facts.region === undefined || facts.region === region
			? `the bucket is not in region ${region}`
			: `the bucket is in region ${facts.region}, not in ${region}`,
		`Correct the region ${credential}.`,
	);
const missing: Explain = () => ({
	as: NotFoundError,
	reason: 'it does not exist',
	hint: 'List the backups again; it may have been pruned.',
});
const exists: Explain = () => ({
	as: ConflictError,
	reason: 'it exists already, and was left as it is',
	hint: 'Another run wrote the same backup. Look at that one before running again.',
});
const busy: Explain = ({ server }) =>
	store(
		`${server} is overloaded, and stayed so in several attempts`,
		'Run it again later, or at a quieter time.',
	);
const broken: Explain = ({ server }, { status }) =>
	store(
		`${server} reported a fault of its own (HTTP ${status ?? 500}), in several attempts`,
		'Look at the log of the S3 server, then run it again.',
	);
const full: Explain = () =>
	store(
		'the bucket is full or its quota is used up',
		'Free space in the bucket or raise its quota, then run it again.',
	);
const damaged: Explain = () =>
	store(
		'the bytes arrived damaged, and the server refused them',
		'Run it again. If it comes back, check the memory of this machine and proxies on the way.',
	);
const unsupported: Explain = ({ server }) =>
	store(
		`${server} does not know this S3 operation`,
		'Check that the endpoint is an S3 server with multipart uploads, and that its version is current.',
	);
const tooLarge: Explain = () =>
	store(
		'the object is larger than the server takes',
		'Raise the limit of the server, or exclude data.',
	);
const archived: Explain = () =>
	store(
		'the object lies in an archive class, from which it cannot be read at once',
		'Restore it from the archive class first (AWS console: Initiate restore), then run it again.',
	);
const locked: Explain = () =>
	store(
		'the bucket keeps it under a lock or a policy that forbids this',
		'Wait until the retention period of the bucket is over, or change its lock.',
	);

const invalid: Explain = ({ server }, { code }) =>
	store(
		`${server} refused the request as such (${code})`,
		"Where the repository's credential asks for Object Lock or server-side encryption, this bucket may not have it: choose None or Bucket Default there, or set the bucket up for it.",
	);

/** By error code of Node or of S3. */
const BY_CODE: Readonly<Record<string, Explain>> = {
	ECONNREFUSED: refused,
	ENOTFOUND: unknownHost,
	EAI_AGAIN: unknownHost,
	EHOSTUNREACH: refused,
	ENETUNREACH: refused,
	ECONNRESET: cut,
	EPIPE: cut,
	ETIMEDOUT: stalled,
	TimeoutError: stalled,
	RequestTimeout: stalled,
	DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
	SELF_SIGNED_CERT_IN_CHAIN: untrusted,
	UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
	UNABLE_TO_GET_ISSUER_CERT: untrusted,
	UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
	CERT_HAS_EXPIRED: expiredCertificate,
	CERT_NOT_YET_VALID: expiredCertificate,
	ERR_TLS_CERT_ALTNAME_INVALID: wrongName,
	EPROTO: notTls,
	ERR_SSL_WRONG_VERSION_NUMBER: notTls,
	ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
	InvalidAccessKeyId: unknownKey,
	SignatureDoesNotMatch: wrongSecret,
	ExpiredToken: expiredToken,
	InvalidToken: expiredToken,
	RequestTimeTooSkewed: skewed,
	AccessDenied: denied,
	AllAccessDisabled: denied,
	NoSuchBucket: noBucket,
	InvalidBucketName: noBucket,
	PermanentRedirect: otherRegion,
	TemporaryRedirect: otherRegion,
	AuthorizationHeaderMalformed: otherRegion,
	IllegalLocationConstraintException: otherRegion,
	NoSuchKey: missing,
	NotFound: missing,
	NoSuchUpload: missing,
	PreconditionFailed: exists,
	ConditionalRequestConflict: exists,
	OperationAborted: exists,
	// By status it would be 503 where it came in the body of a success.
	InternalError: broken,
	SlowDown: busy,
	ServiceUnavailable: busy,
	QuotaExceeded: full,
	XMinioStorageFull: full,
	BadDigest: damaged,
	InvalidDigest: damaged,
	XAmzContentSHA256Mismatch: damaged,
	XAmzContentChecksumMismatch: damaged,
	NotImplemented: unsupported,
	MethodNotAllowed: unsupported,
	EntityTooLarge: tooLarge,
	InvalidObjectState: archived,
	ObjectLocked: locked,
	InvalidRetentionPeriod: locked,
	ObjectLockConfigurationNotFoundError: missing,
	InvalidRequest: invalid,
	InvalidArgument: invalid,
};

/** By HTTP status, for codes that are not listed and answers without a body (HEAD). */
const BY_STATUS: Readonly<Record<number, Explain>> = {
	301: otherRegion,
	307: otherRegion,
	401: denied,
	403: denied,
	404: missing,
	409: exists,
	412: exists,
	429: busy,
	501: unsupported,
	503: busy,
	507: full,
};

/** The explanation for an error with these facts. */
export function explanationOf({ code, status }: S3Facts): Explain {
	const known = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
	if (known) return known;
	if (code.startsWith('HPE_')) return notTls;
	if (status === undefined || status < 400)
		return status === 301 || status === 307 ? otherRegion : notS3;
	if (status >= 500) return BY_STATUS[status] ?? broken;
	return BY_STATUS[status] ?? unexpected;
}

const unexpected: Explain = ({ server }, { code, status }) =>
	store(
		`${server} answered ${code} (HTTP ${status ?? 'unknown'})`,
		'Look up this code in the documentation of the S3 server.',
	);
