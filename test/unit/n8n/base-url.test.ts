import { parseBaseUrl } from '../../../core/n8n/base-url';

test.each([
	['https://n8n.example.com', 'https://n8n.example.com/'],
	['https://n8n.example.com/api/v1/', 'https://n8n.example.com/'],
	[' http://n8n:5678/path/api?x=1#y ', 'http://n8n:5678/path/'],
])('%s is where the editor opens or its API', (text, url) => {
	expect(parseBaseUrl(text).href).toBe(url);
});

test.each(['', 'n8n.example.com', 'ftp://n8n', 'https://me:hunter2@n8n.example.com'])(
	'%j is refused',
	(text) => {
		expect(() => parseBaseUrl(text)).toThrow(/no address without a login/);
	},
);
