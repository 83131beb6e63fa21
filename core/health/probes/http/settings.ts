import { validateHeaderName, validateHeaderValue } from 'node:http';
import { unescape } from 'node:querystring';
import { ConfigurationError } from '../../../errors';
import { certificateAuthorities } from '../../../network/certificate-authorities';

export const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST'] as const;

/** What is asked for; `headers` and the login may be secret. */
export interface HttpSettings {
	/** Without a login. */
	readonly url: URL;
	readonly method: (typeof METHODS)[number];
	readonly headers: ReadonlyMap<string, string>;
	readonly body?: string;
	/** PEM certificates of the authorities that are trusted; by default those of Node. */
	readonly ca?: string[];
	readonly followRedirects: boolean;
}

export interface HttpFields {
	readonly url: string;
	readonly method?: HttpSettings['method'];
	readonly headers?: readonly { readonly name: string; readonly value: string }[];
	readonly body?: string;
	/** PEM. */
	readonly ca?: string;
	readonly followRedirects?: boolean;
}

/** Throws `ConfigurationError`, which shows neither a login nor a header's value. */
export function readHttpSettings(fields: HttpFields): HttpSettings {
	const url = readUrl(fields.url);
	const headers = new Map<string, string>();
	if (url.username !== '' || url.password !== '') {
		// Takes a percent sign that escapes nothing for what it is, and does not throw.
		const login = `${unescape(url.username)}:${unescape(url.password)}`;
		headers.set('authorization', `Basic ${Buffer.from(login).toString('base64')}`);
		[url.username, url.password] = ['', ''];
	}
	for (const { name, value } of fields.headers ?? []) {
		if (name.trim() !== '')
			headers.set(name.trim().toLowerCase(), checkedHeader(name.trim(), value));
	}
	const ca = certificateAuthorities('web', fields.ca);
	return {
		...{ url, headers, method: fields.method ?? 'GET' },
		...(fields.body && { body: fields.body }),
		...(ca && { ca }),
		followRedirects: fields.followRedirects ?? true,
	};
}

/** An address as it can be shown: without login, and without what follows the path. */
export function showUrl(url: URL): string {
	return `${url.origin}${url.pathname}`;
}

function readUrl(text: string): URL {
	const url = URL.parse(text.trim());
	if (url && /^https?:$/.test(url.protocol) && url.hostname !== '') return url;
	throw new ConfigurationError('The URL of a check is not one of the web.', {
		hint: 'Write the whole address, e.g. https://example.com/health.',
	});
}

function checkedHeader(name: string, value: string): string {
	try {
		validateHeaderName(name);
		validateHeaderValue(name, value);
		return value;
	} catch {
		throw new ConfigurationError('A header of a check cannot be sent.', {
			hint: 'Look for blanks in its name, and for line breaks in its value.',
		});
	}
}
