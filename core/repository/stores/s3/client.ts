import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { getCACertificates } from 'node:tls';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { S3Limits, S3StoreSettings } from './settings';

const MAX_SOCKETS = 16;

/**
 * An SDK client that obeys these settings alone.
 *
 * The agents are handed over as instances: from plain options the handler builds a second agent for
 * requests with `Expect: 100-continue`, and that one would not know our CA.
 *
 * Checksums: AWS gets the SDK's CRC32 on every body. Other servers reject or ignore such headers, so
 * they get none beyond what the request requires; there `Content-MD5` guards the bytes (see
 * `S3Bucket.contentMd5`). Answers are not checked here, because a reader that resumes sees an object
 * in pieces; the SHA-256 in the manifest covers the whole.
 */
export function createClient(settings: S3StoreSettings, limits: S3Limits): S3Client {
	const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
	return new S3Client({
		region: settings.region,
		endpoint: settings.endpoint,
		// Without this, AWS_ENDPOINT_URL in the environment would send AWS backups elsewhere.
		ignoreConfiguredEndpointUrls: true,
		forcePathStyle: settings.forcePathStyle,
		credentials: {
			accessKeyId: settings.accessKeyId,
			secretAccessKey: settings.secretAccessKey,
			sessionToken: settings.sessionToken,
		},
		maxAttempts: limits.attempts,
		retryMode: 'standard',
		requestChecksumCalculation:
			settings.endpoint === undefined ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED',
		responseChecksumValidation: 'WHEN_REQUIRED',
		expectContinueHeader: false,
		requestHandler: new NodeHttpHandler({
			connectionTimeout: limits.connectTimeoutMs,
			// Not `requestTimeout`: a large part on a slow line may take long, as long as bytes move.
			socketTimeout: limits.idleTimeoutMs,
			httpAgent: new HttpAgent(agent),
			httpsAgent: new HttpsAgent({
				...agent,
				ca: settings.ca === undefined ? undefined : [...getCACertificates('default'), settings.ca],
			}),
		}),
	});
}
