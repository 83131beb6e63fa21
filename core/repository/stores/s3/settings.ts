import { X509Certificate } from 'node:crypto';
import { ConfigurationError } from '../../../errors';
import { assertProtection, type S3Protection } from './protection';

/** Where the bucket is and how to log in, as a person enters it. */
export interface S3StoreSettings extends S3Protection {
	/** Address of an S3-compatible server, e.g. `https://s3.example.com`; none means AWS itself. */
	endpoint?: string;
	region: string;
	bucket: string;
	/** Folder inside the bucket; slashes around it do not matter. */
	prefix?: string;
	accessKeyId: string;
	secretAccessKey: string;
	sessionToken?: string;
	/** `https://server/bucket/key` instead of `https://bucket.server/key`. */
	forcePathStyle: boolean;
	/** PEM certificates to trust in addition to the public authorities. */
	ca?: string;
}

/** What most sites need; to be changed where it is not so. */
export const S3_DEFAULTS = { region: 'eu-central-1', forcePathStyle: true } as const;

/** Limits that nobody has to set; the tests lower them. */
export interface S3Limits {
	/** Milliseconds until a connection must stand. */
	connectTimeoutMs: number;
	/** Milliseconds without a byte in either direction until a request counts as stalled. */
	idleTimeoutMs: number;
	/** How often one request is tried in all, with growing pauses in between. */
	attempts: number;
	/** Milliseconds that a cancel leaves to a request whose outcome must be known. */
	graceMs: number;
	/** Milliseconds that clean-up after a failure or a cancel may take. */
	cleanUpTimeoutMs: number;
}

export const DEFAULT_LIMITS: S3Limits = {
	connectTimeoutMs: 10_000,
	idleTimeoutMs: 60_000,
	attempts: 4,
	graceMs: 10_000,
	cleanUpTimeoutMs: 30_000,
};

/** `/a//b/` → `a/b/`; nothing → ``. */
export function normalizePrefix(prefix = ''): string {
	const parts = prefix.split('/').filter((part) => part !== '');
	return parts.map((part) => `${part}/`).join('');
}

/** Rejects, before anything is sent, what can never work. */
export function assertUsable(settings: S3StoreSettings): void {
	const missing = Object.entries({
		bucket: settings.bucket,
		region: settings.region,
		'access key ID': settings.accessKeyId,
		'secret access key': settings.secretAccessKey,
	}).find(([, value]) => value.trim() === '');
	if (missing) {
		throw new ConfigurationError(`The S3 ${missing[0]} is empty.`, {
			hint: `Fill in the ${missing[0]} in the repository's credential.`,
		});
	}
	assertEndpoint(settings.endpoint);
	assertCertificates(settings.ca);
	assertProtection(settings);
}

function assertEndpoint(endpoint: string | undefined): void {
	if (endpoint === undefined) return;
	const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
	if (!url || !['http:', 'https:'].includes(url.protocol)) {
		throw new ConfigurationError('The S3 endpoint is not a web address.', {
			hint: 'Enter it with https:// (or http://) in front, e.g. https://s3.example.com. Leave it empty for AWS.',
		});
	}
	if (url.username !== '' || url.password !== '' || url.search !== '') {
		throw new ConfigurationError('The S3 endpoint holds more than an address.', {
			hint: 'Enter only the address; keys and the bucket have fields of their own.',
		});
	}
}

function assertCertificates(ca: string | undefined): void {
	if (ca === undefined) return;
	try {
		new X509Certificate(ca);
	} catch {
		// The reason of the parser names bytes and ASN.1 tags, which help nobody.
		throw new ConfigurationError('The CA certificate of the S3 server cannot be read.', {
			hint: 'Paste the whole PEM text, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.',
		});
	}
}
