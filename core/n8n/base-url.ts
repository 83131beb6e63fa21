import { ConfigurationError } from '../errors';

const API = /\/api(\/v1)?$/;

/**
 * Reads the address of an n8n: where its editor opens, or that of its API as n8n's own credential has
 * it. Throws `ConfigurationError` for anything else; an address with a login would be shown in messages.
 */
export function parseBaseUrl(text: string): URL {
	const url = URL.parse(text.trim());
	if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
		throw new ConfigurationError('The base URL of n8n is no address without a login.', {
			hint: 'Give the address at which the editor opens, for example https://n8n.example.com.',
		});
	}
	url.pathname = `${url.pathname.replace(/\/+$/, '').replace(API, '')}/`;
	[url.search, url.hash] = ['', ''];
	return url;
}
