import type { CheckKind } from '../vocabulary';
import { HTTP } from './http';
import { type HttpFields, type HttpSettings, readHttpSettings } from './http/settings';

/** Says whether n8n has its database, and its queue's Redis; is there on every worker too. */
const READINESS = 'healthz/readiness';

/** Looked at as a page is; a proxy or another program may answer at the same address. */
export const N8N: CheckKind = {
	...HTTP,
	defaults: { fail: ['[STATUS] == 200', '[BODY].status == ok'], warn: [] },
};

/** What to ask an n8n that is reached at `baseUrl`. Throws as `readHttpSettings` does. */
export function readinessSettings(baseUrl: string, fields: Pick<HttpFields, 'ca'>): HttpSettings {
	const settings = readHttpSettings({ ...fields, url: baseUrl, followRedirects: false });
	const { url } = settings;
	url.pathname = `${url.pathname.replace(/\/*$/, '')}/${READINESS}`;
	[url.search, url.hash] = ['', ''];
	return settings;
}
