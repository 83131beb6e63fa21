import { ConfigurationError } from '../errors';

/** What the proxy in front of the backend strips; straight at the backend it is not there. */
const PREFIX = '/api';

/**
 * The base URL of a backend without the slash at its end. Throws `ConfigurationError` for what is no
 * address, or holds more than one; it never repeats what was entered, which may hold a password.
 */
export function parseBaseUrl(text: string): string {
	const url = URL.parse(text.trim());
	if (url === null || !/^https?:$/.test(url.protocol)) {
		throw refused('is not an address that begins with http:// or https://');
	}
	if (url.username !== '' || url.password !== '') throw refused('holds a user or a password');
	if (url.search !== '' || url.hash !== '') throw refused('holds more than an address and a path');
	return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** The same backend with the prefix where there is none, or without it. */
export function otherBaseUrl(baseUrl: string): string {
	return baseUrl.endsWith(PREFIX) ? baseUrl.slice(0, -PREFIX.length) : `${baseUrl}${PREFIX}`;
}

function refused(reason: string): ConfigurationError {
	return new ConfigurationError(`The base URL of the RentGuy dashboard ${reason}.`, {
		hint: 'Enter something like https://mr-dj.example/api or http://mr-dj-backend:3000; user and password have fields of their own.',
	});
}
