import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';

import { GitRepository } from './git-repository';

const HOST = '127.0.0.1';

/** Git's own server, behind HTTP and a login. */
export interface GitServer {
	/** Of the only repository. */
	readonly url: string;
	readonly user: string;
	readonly password: string;
	/** What lies on the server. */
	readonly repository: GitRepository;
	/** What was asked that a Git client does not ask, or for another repository. */
	readonly refused: readonly string[];
	/** Called once, when a push has arrived and is not carried out yet. */
	beforeNextPush(work: () => Promise<void>): void;
	/** Takes no more connections; and takes them again. */
	goDown(): Promise<void>;
	comeBack(): Promise<void>;
	stop(): Promise<void>;
}

/** Starts it on a free port with an empty repository, and a random login. */
export async function startGitServer(): Promise<GitServer> {
	const root = await mkdtemp(join(tmpdir(), 'dr-git-server-'));
	const name = 'backups.git';
	const repository = await GitRepository.create(join(root, name));
	const user = 'n8n';
	const password = randomBytes(18).toString('base64url');
	const login = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
	const refused: string[] = [];
	const sockets = new Set<Socket>();
	const running = new Set<Promise<unknown>>();
	let interruption: (() => Promise<void>) | undefined;

	const answer = async (request: IncomingMessage, response: ServerResponse) => {
		const url = new URL(request.url ?? '/', `http://${HOST}`);
		const isKnown =
			(request.method === 'GET' && /^\/backups\.git\/info\/refs$/.test(url.pathname)) ||
			(request.method === 'POST' &&
				/^\/backups\.git\/git-(upload|receive)-pack$/.test(url.pathname));
		if (!isKnown) {
			refused.push(`${request.method} ${request.url}`);
			return void response.writeHead(404).end();
		}
		if (request.headers.authorization !== login) {
			return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
		}
		if (url.pathname.endsWith('/git-receive-pack')) {
			const work = interruption;
			interruption = undefined;
			await work?.();
		}
		const child = gitFor(request, url, root, user);
		const ended = once(child, 'close').finally(() => running.delete(ended));
		running.add(ended);
		await answerWith(child, request, response);
	};
	const server = createServer((request, response) => {
		answer(request, response).catch((error: unknown) => response.destroy(error as Error));
	});
	server.on('connection', (socket: Socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
	});
	const listen = async (port: number) => {
		server.listen(port, HOST);
		await once(server, 'listening');
	};
	await listen(0);
	const { port } = server.address() as AddressInfo;
	const goDown = async () => {
		if (!server.listening) return;
		const closed = once(server, 'close');
		server.close();
		for (const socket of sockets) socket.destroy();
		await closed;
	};
	return {
		url: `http://${HOST}:${port}/${name}`,
		...{ user, password, repository, refused, goDown },
		beforeNextPush: (work) => (interruption = work),
		comeBack: async () => await listen(port),
		stop: async () => {
			await goDown();
			await Promise.all(running);
			await rm(root, { recursive: true, force: true });
		},
	};
}

/** Git's CGI program for one request. */
function gitFor(
	request: IncomingMessage,
	url: URL,
	root: string,
	user: string,
): ChildProcessByStdio<Writable, Readable, null> {
	return spawn('git', ['http-backend'], {
		stdio: ['pipe', 'pipe', 'inherit'],
		env: {
			...{ PATH: process.env['PATH'], GIT_PROJECT_ROOT: root, GIT_HTTP_EXPORT_ALL: '1' },
			...{ PATH_INFO: url.pathname, QUERY_STRING: url.search.slice(1), REMOTE_USER: user },
			...{ REQUEST_METHOD: request.method, CONTENT_TYPE: request.headers['content-type'] ?? '' },
			...{ GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''), REMOTE_ADDR: HOST },
		},
	});
}

async function answerWith(
	child: ChildProcessByStdio<Writable, Readable, null>,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	child.stdin.on('error', () => undefined);
	// A client that is gone sends no more; without an end the program would wait for it.
	request.on('close', () => {
		if (!request.complete) child.stdin.end();
	});
	const isZipped = request.headers['content-encoding'] === 'gzip';
	(isZipped ? request.pipe(createGunzip()) : request).pipe(child.stdin);
	const output = await buffer(child.stdout);
	const end = output.indexOf('\r\n\r\n');
	const headers = output
		.subarray(0, end)
		.toString()
		.split('\r\n')
		.map((line): [string, string] => {
			const colon = line.indexOf(':');
			return [line.slice(0, colon), line.slice(colon + 1).trim()];
		});
	const status = headers.find(([name]) => name === 'Status')?.[1];
	response.writeHead(Number(status?.slice(0, 3)) || 200, Object.fromEntries(headers));
	response.end(output.subarray(end + 4));
}
