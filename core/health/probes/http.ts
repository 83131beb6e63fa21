import { readRemoteHealth } from '../documents/remote-health';
import { Absent, type Observation, ObservedText, unreachable } from '../observation';
import type { CheckKind } from '../vocabulary';
import { readBounded } from './http/bounded-body';
import type { HttpSettings } from './http/settings';
import { CertificateRefused, requestFollowing, type WebAnswer } from './http/request';
import { certificateInWords, expiration } from './tls';

export const HTTP: CheckKind = {
	vocabulary: {
		BODY: 'document',
		CERTIFICATE_EXPIRATION: 'duration',
		CONNECTED: 'boolean',
		HEADERS: 'fields',
		// From the least to the most.
		HEALTH: ['unknown', 'fail', 'warn', 'pass'],
		RESPONSE_TIME: 'duration',
		STATUS: 'number',
	},
	defaults: {
		fail: ['[STATUS] < 400', '[HEALTH] != fail'],
		warn: ['[HEALTH] != warn'],
	},
	measurement: { name: 'responseTime', placeholder: 'RESPONSE_TIME', unit: 'ms' },
	componentType: 'component',
};

/** Asks for a page and reads the answer, of a body no more than a bounded part. Rejects with `ConnectionError`. */
export async function probeHttp(settings: HttpSettings, signal: AbortSignal): Promise<Observation> {
	const startedAt = performance.now();
	try {
		const answer = await requestFollowing(settings, signal);
		const took = Math.round(performance.now() - startedAt);
		return observed(answer, took, await readBounded(answer.body, signal));
	} catch (error) {
		if (!(error instanceof CertificateRefused)) throw error;
		return unreachable(certificateInWords(error.session), {
			CERTIFICATE_EXPIRATION: expiration(error.session),
		});
	}
}

function observed(answer: WebAnswer, took: number, body: Absent | string): Observation {
	const document = body instanceof Absent ? body : new ObservedText(body);
	const health = document instanceof Absent ? undefined : readRemoteHealth(document);
	const parts = [
		`HTTP ${answer.status} in ${took} ms`,
		...(answer.redirects > 0 ? [`after ${answer.redirects} redirects`] : []),
		...(body instanceof Absent ? [body.reason] : []),
		...(health ? [health.text] : []),
	];
	return {
		text: parts.join(', '),
		values: {
			BODY: document,
			CERTIFICATE_EXPIRATION: answer.tls
				? expiration(answer.tls)
				: new Absent('the connection was not encrypted'),
			CONNECTED: true,
			HEADERS: answer.headers,
			HEALTH: health?.status ?? 'unknown',
			RESPONSE_TIME: took,
			STATUS: answer.status,
		},
	};
}
