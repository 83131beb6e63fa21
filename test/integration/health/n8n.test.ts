import { N8N, readinessSettings } from '../../../core/health/probes/n8n';
import { probeHttp } from '../../../core/health/probes/http';
import { checkOf, seenBy } from './checking';
import { answering, startWebServer, type WebServer } from './web-server';

let server: WebServer;

beforeAll(async () => {
	server = await startWebServer(
		answering({
			'/healthz/readiness': (_request, response) => response.end('{"status":"ok"}'),
			'/down/healthz/readiness': (_request, response) =>
				response.writeHead(503).end('{"status":"error"}'),
			'/website/healthz/readiness': (_request, response) => response.end('<title>Editor</title>'),
			'/moved/healthz/readiness': (_request, response) =>
				response.writeHead(302, { location: '/healthz/readiness' }).end(),
		}),
	);
});

afterAll(async () => await server?.close());

const seen = async (path: string) => {
	const settings = readinessSettings(`${server.url}${path}`, {});
	return await seenBy(checkOf(N8N, (signal) => probeHttp(settings, signal)));
};

test.each(['', '/', '/?token=hunter2#here'])('asks for readiness below "%s"', async (path) => {
	const result = await seen(path);
	expect(result).toMatchObject({ status: 'pass' });
	expect(JSON.stringify(result)).not.toContain('hunter2');
});

test.each([
	['/down', /\[STATUS\] == 200, seen 503/],
	['/website/', /\[BODY\]\.status == ok, seen nothing: it is not JSON/],
	['/moved', /\[STATUS\] == 200, seen 302/],
	['/nowhere', /seen 404/],
])('%s is not ready', async (path, reason) => {
	expect(await seen(path)).toMatchObject({
		...{ status: 'fail', output: expect.stringMatching(reason) },
	});
});
