import { CancelledError, DisasterRecoveryError } from '../../../errors';
import { explanationOf, type S3Attempt, type S3Facts } from './explanations';

/**
 * Turns whatever the SDK threw into one of our errors. Nothing of the original is carried along but
 * its code, status and request ID: SDK errors hold the request and its signature.
 */
export function explain(error: unknown, attempt: S3Attempt, signal?: AbortSignal): Error {
	if (error instanceof DisasterRecoveryError) return error;
	if (signal?.aborted) return cancelled();
	const facts = factsOf(error);
	const { as: Type, reason, hint } = explanationOf(facts)(attempt, facts);
	const message = `Could not ${attempt.action.verb} ${attempt.subject} in ${attempt.label}: ${reason}.`;
	return new Type(message, { hint, cause: new Error(summary(facts)) });
}

/** The error of a run that was stopped on purpose. */
export function cancelled(): CancelledError {
	return new CancelledError('The run was cancelled while it used the S3 bucket.', {
		hint: 'Nothing to do; run it again when you want.',
	});
}

/** Whether the server refused a request because it does not know one of its features. */
export function isNotImplemented(error: unknown): boolean {
	const { code, status } = factsOf(error);
	return code === 'NotImplemented' || status === 501;
}

/** Whether the server did not take a request as it was, and would take a simpler one. */
export function isRefusedAsSuch(error: unknown): boolean {
	const { status } = factsOf(error);
	return status === 400 || status === 405 || status === 501;
}

function summary({ code, status, requestId }: S3Facts): string {
	const details = [status && `HTTP ${status}`, requestId && `request ${requestId}`].filter(Boolean);
	return details.length === 0 ? code : `${code} (${details.join(', ')})`;
}

/** SDK errors are typed as Error, and what they carry depends on the server: read with care. */
function factsOf(error: unknown): S3Facts {
	const metadata = property(error, '$metadata');
	const headers = property(property(error, '$response'), 'headers');
	const name = text(property(error, 'name')) ?? 'Error';
	return {
		code: plainCode(text(property(error, 'code')) ?? text(property(error, 'Code')) ?? name),
		status: number(property(metadata, 'httpStatusCode')),
		requestId: text(property(metadata, 'requestId')),
		region: text(property(headers, 'x-amz-bucket-region')) ?? text(property(error, 'Region')),
	};
}

/** A code is one word; anything else is text of an unknown server, which is not repeated. */
function plainCode(code: string): string {
	return /^\w{1,60}$/.test(code) ? code : 'unknown error';
}

/** A property of something that only the server knows the shape of. */
export function property(value: unknown, name: string): unknown {
	return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
