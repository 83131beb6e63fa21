import { X509Certificate } from 'node:crypto';
import { ConfigurationError } from '../errors';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates of a PEM text, one per element, or nothing where Node's own list of authorities
 * is meant. Node ignores what it cannot read in `ca`, which would surface as a refused server; so a
 * text without a readable certificate is a `ConfigurationError` here.
 */
export function certificateAuthorities(
	service: string,
	pem: string | undefined,
): string[] | undefined {
	if (pem === undefined || pem.trim() === '') return undefined;
	const certificates = pem.match(PEM_CERTIFICATE) ?? [];
	if (certificates.length === 0) throw unreadable(service);
	for (const certificate of certificates) {
		try {
			new X509Certificate(certificate);
		} catch (error) {
			throw unreadable(service, error);
		}
	}
	return [...certificates];
}

function unreadable(service: string, cause?: unknown): ConfigurationError {
	return new ConfigurationError(`The CA certificate of the ${service} server cannot be read.`, {
		hint: 'Paste the whole certificate in PEM form, from "-----BEGIN CERTIFICATE-----" to "-----END CERTIFICATE-----".',
		cause,
	});
}
