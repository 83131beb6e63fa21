import { z } from 'zod';
import { ConfigurationError, ConnectionError, type DisasterRecoveryError } from '../errors';
import { NoAnswerError, RateLimitedError, WrongPlaceError } from './errors';
import type { HttpAnswer } from './http';

/** Where the backend says too many and does not say for how long. */
const USUAL_WAIT_SECONDS = 60;

const refusal = z.object({
	error: z.string().catch(''),
	retryAfter: z.number().positive().catch(USUAL_WAIT_SECONDS),
	details: z.array(z.object({ field: z.string(), message: z.string() })).catch([]),
});

/** What an answer other than 200 means, in plain words; `url` is what was asked. */
export function explainRefusal({ status, body, location }: HttpAnswer, url: string) {
	const { success, data } = refusal.safeParse(body);
	const { error, retryAfter, details } = success
		? data
		: { error: '', retryAfter: USUAL_WAIT_SECONDS, details: [] };
	if (location !== undefined && status >= 300 && status < 400) return redirected(url, location);
	switch (status) {
		case 401:
			return new ConnectionError('The platform refused the user or the password.', {
				hint: 'Check both in the credential; they are those of the config dashboard of the backend.',
			});
		case 403:
			return new ConnectionError('The platform does not admit the address of this machine.', {
				hint: "Add the address of n8n to the dashboard's list of allowed addresses in the backend.",
			});
		case 404:
			if (/dashboard disabled/i.test(error)) return dashboardDisabled();
			return wrongPlace(url);
		case 422:
			return invalid(details);
		case 429:
			return new RateLimitedError(Math.ceil(retryAfter));
	}
	if (status >= 500) return broken(status);
	return status === 200 ? wrongPlace(url) : unexpected(status, error);
}

function redirected(url: string, location: string): DisasterRecoveryError {
	return new ConnectionError(
		`The platform redirects from ${url} to ${location}, and the login does not go along.`,
		{ hint: 'If that is the platform, enter its address as base URL in the credential.' },
	);
}

function dashboardDisabled(): DisasterRecoveryError {
	return new ConnectionError('The config dashboard is disabled on the platform.', {
		hint: 'Enable it in the settings of the backend. The status can be read at the public endpoint meanwhile.',
	});
}

function wrongPlace(url: string): DisasterRecoveryError {
	return new WrongPlaceError(`There is no RentGuy queue at ${url}.`, {
		hint: 'Check the base URL: behind the proxy it ends with /api, straight at the backend (port 3000) it does not.',
	});
}

function invalid(details: readonly { field: string; message: string }[]): DisasterRecoveryError {
	const what = details.map(({ field, message }) => `${field}: ${message}`).join('; ');
	return new ConfigurationError(`The platform takes the request for invalid (${what}).`, {
		hint: 'Choose a batch size from 1 to 500.',
	});
}

function broken(status: number): DisasterRecoveryError {
	return new NoAnswerError(`The platform, or the proxy before it, answered with ${status}.`, {
		mayHaveArrived: true,
		hint: 'Look into the log of the backend, and check that it runs.',
	});
}

function unexpected(status: number, error: string): DisasterRecoveryError {
	const said = error === '' ? '' : ` (${error.slice(0, 200)})`;
	return new ConnectionError(`The platform answered with ${status}${said}, which it should not.`, {
		hint: 'Check that the base URL is that of the backend.',
	});
}
