import { durationInWords } from '../duration-words';
import { Absent, type Observation } from '../observation';
import type { CheckKind } from '../vocabulary';
import { openTls, type TlsSession, type TlsTarget } from './tls-session';

export const TLS: CheckKind = {
	vocabulary: {
		CERTIFICATE_EXPIRATION: 'duration',
		CERTIFICATE_TRUSTED: 'boolean',
		CONNECTED: 'boolean',
		RESPONSE_TIME: 'duration',
	},
	defaults: {
		fail: ['[CERTIFICATE_TRUSTED] == true', '[CERTIFICATE_EXPIRATION] > 3d'],
		warn: ['[CERTIFICATE_EXPIRATION] > 14d'],
	},
	measurement: { name: 'certificateExpiration', placeholder: 'CERTIFICATE_EXPIRATION', unit: 'h' },
	componentType: 'system',
};

/** Looks at the certificate of a server, whether or not it can be trusted. Rejects with `ConnectionError`. */
export async function probeTls(target: TlsTarget, signal: AbortSignal): Promise<Observation> {
	const startedAt = performance.now();
	const session = await openTls(target, signal);
	session.socket.destroy();
	return {
		text: certificateInWords(session),
		values: {
			CERTIFICATE_EXPIRATION: expiration(session),
			CERTIFICATE_TRUSTED: session.refused === undefined,
			CONNECTED: true,
			RESPONSE_TIME: Math.round(performance.now() - startedAt),
		},
	};
}

export function expiration({ expiresInMs }: TlsSession): Absent | number {
	return expiresInMs ?? new Absent('the server has no certificate');
}

/** Without a full stop. */
export function certificateInWords({ refused, expiresInMs }: TlsSession): string {
	const trust = refused === undefined ? 'is trusted' : `is not trusted: ${refused}`;
	if (expiresInMs === undefined) return `the certificate ${trust}`;
	const when =
		expiresInMs < 0
			? `expired ${durationInWords(-expiresInMs)} ago`
			: `expires in ${durationInWords(expiresInMs)}`;
	return `the certificate ${trust}; it ${when}`;
}
