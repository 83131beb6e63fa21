import {
	CancelledError,
	ConflictError,
	ConnectionError,
	NotFoundError,
	StoreError,
} from '../../core/errors';
import { ACTIONS } from '../../core/repository/stores/s3/actions';
import { explain } from '../../core/repository/stores/s3/failure';
import { normalizePrefix } from '../../core/repository/stores/s3/settings';

const attempt = {
	action: ACTIONS.write,
	subject: 'postgres/shop/manifest.json',
	label: 'S3 bucket backups/dr',
	bucket: 'backups',
	region: 'eu-west-1',
	server: 's3.example.com',
};

/** An error as the SDK throws it, with all the things that must not get out. */
function sdkError(facts: {
	name?: string;
	code?: string;
	status?: number;
	region?: string;
}): Error {
	return Object.assign(new Error('The string to sign was TOPSECRET'), {
		name: facts.name ?? 'Error',
		code: facts.code,
		$metadata: { httpStatusCode: facts.status, requestId: 'request-1' },
		$response: { headers: { authorization: 'TOPSECRET', 'x-amz-bucket-region': facts.region } },
		StringToSign: 'TOPSECRET',
		AWSAccessKeyId: 'TOPSECRET',
	});
}

describe('errors of an S3 store', () => {
	it.each([
		['an S3 code', { name: 'NoSuchKey', status: 404 }, NotFoundError, 'does not exist'],
		[
			'a code that says more than its status',
			{ name: 'NoSuchBucket', status: 404 },
			ConnectionError,
			'no bucket backups',
		],
		['a bare status', { name: 'UnknownError', status: 403 }, ConnectionError, 'refused it'],
		['a conflict', { name: 'PreconditionFailed', status: 412 }, ConflictError, 'exists already'],
		[
			'a race',
			{ name: 'ConditionalRequestConflict', status: 409 },
			ConflictError,
			'exists already',
		],
		['a code of Node', { code: 'ECONNREFUSED' }, ConnectionError, 'does not accept connections'],
		['a certificate', { code: 'CERT_HAS_EXPIRED' }, ConnectionError, 'out of date'],
		[
			'another region',
			{ status: 301, region: 'us-east-1' },
			ConnectionError,
			'in region us-east-1, not in eu-west-1',
		],
		[
			'a status nobody listed',
			{ name: 'Teapot', status: 418 },
			StoreError,
			'answered Teapot (HTTP 418)',
		],
		[
			'a fault of the server',
			{ name: 'Oops', status: 500 },
			StoreError,
			'a fault of its own (HTTP 500)',
		],
		[
			'an archived object',
			{ name: 'InvalidObjectState', status: 403 },
			StoreError,
			'archive class',
		],
		['clocks', { name: 'RequestTimeTooSkewed', status: 403 }, ConnectionError, '15 minutes'],
	])('explain %s', (_what, facts, type, text) => {
		const failure = explain(sdkError(facts), attempt);
		expect(failure).toBeInstanceOf(type);
		expect(failure.message).toContain(
			'Could not write postgres/shop/manifest.json in S3 bucket backups/dr: ',
		);
		expect(failure.message).toContain(text);
		expect(failure).toHaveProperty('hint', expect.stringMatching(/^[A-Z].*\.$/));
	});

	it('carry nothing of the request but code, status and its ID', () => {
		const failure = explain(sdkError({ name: 'SignatureDoesNotMatch', status: 403 }), attempt);
		expect(failure.cause).toEqual(new Error('SignatureDoesNotMatch (HTTP 403, request request-1)'));
		expect(JSON.stringify([failure, failure.message, failure.cause])).not.toContain('TOPSECRET');
	});

	it('do not repeat text of a server as if it were a code', () => {
		const failure = explain(sdkError({ name: '<b>TOPSECRET</b>', status: 400 }), attempt);
		expect(failure.message).not.toContain('TOPSECRET');
	});

	it('are a cancel when the run was cancelled', () => {
		const failure = explain(sdkError({ name: 'AbortError' }), attempt, AbortSignal.abort());
		expect(failure).toBeInstanceOf(CancelledError);
	});

	it('pass on what is explained already', () => {
		const known = new StoreError('Known.', { hint: 'None.' });
		expect(explain(known, attempt)).toBe(known);
	});
});

describe('the prefix of an S3 store', () => {
	it.each([
		[undefined, ''],
		['', ''],
		['/', ''],
		['dr', 'dr/'],
		['/dr//main/', 'dr/main/'],
	])('%p becomes %p', (given, expected) => {
		expect(normalizePrefix(given)).toBe(expected);
	});
});
