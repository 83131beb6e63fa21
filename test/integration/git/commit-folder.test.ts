import { chmod, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { commitFolder, type FolderCommit } from '../../../core/git/commit-folder';
import type { GitRemote } from '../../../core/git/remote';
import { type GitServer, startGitServer } from '../../support/git-server';
import { startGitOverSsh } from '../../support/git-server/over-ssh';

let server: GitServer;
let remote: GitRemote;

beforeEach(async () => {
	server = await startGitServer();
	const { url, user, password } = server;
	remote = { url, login: { kind: 'password', user, password } };
});

afterEach(async () => {
	expect(server.refused).toEqual([]);
	await server.stop();
});

function commitOf(files: Record<string, string>, more: Partial<FolderCommit> = {}): FolderCommit {
	return {
		...{ branch: 'main', folder: 'backups/n8n', files: new Map(Object.entries(files)) },
		...{ message: 'Export n8n', author: { name: 'n8n', mail: 'ops@example.com' }, ...more },
	};
}

const workshops = async () =>
	(await readdir(tmpdir())).filter((name) => name.startsWith('dr-git-') && !/server/.test(name));

test('a branch is begun, follows its files, and gets no commit without a change', async () => {
	const first = await commitFolder(remote, commitOf({ 'a.json': 'A\n', 'sub/b.json': 'B\n' }));
	expect(first).toMatchObject({
		...{ committed: true, added: ['a.json', 'sub/b.json'], changed: [], removed: [] },
	});
	const again = await commitFolder(remote, commitOf({ 'a.json': 'A\n', 'sub/b.json': 'B\n' }));
	expect(again).toEqual({
		...{ committed: false, commit: first.commit, added: [], changed: [], removed: [] },
	});

	const next = { 'a.json': 'ä "quoted"\n\\', 'c d.json': '' };
	const second = await commitFolder(remote, commitOf(next, { message: 'One\n\nTwo' }));
	expect(second).toMatchObject({
		...{ committed: true, added: ['c d.json'], changed: ['a.json'], removed: ['sub/b.json'] },
	});
	const { repository } = server;
	expect(await repository.subjects('main')).toEqual(['One', 'Export n8n']);
	expect(await repository.files('main')).toEqual(['backups/n8n/a.json', 'backups/n8n/c d.json']);
	expect(await repository.content('main', 'backups/n8n/a.json')).toBe(next['a.json']);
	expect(await repository.git('log', '-1', '--format=%an <%ae>', 'main')).toBe(
		'n8n <ops@example.com>\n',
	);
});

test('what lies beside the folder stays, also what is pushed in the same moment', async () => {
	const { repository } = server;
	await repository.commitFile('main', 'README.md', 'Ours.\n');
	await repository.commitFile('main', 'backups/n8n.txt', 'Not in the folder.\n');
	server.beforeNextPush(async () => {
		await repository.commitFile('main', 'theirs.txt', 'Theirs.\n');
	});
	const { committed } = await commitFolder(remote, commitOf({ 'a.json': 'A' }));
	expect(committed).toBe(true);
	expect(await repository.files('main')).toEqual([
		...['README.md', 'backups/n8n.txt', 'backups/n8n/a.json', 'theirs.txt'],
	]);
	expect(await repository.subjects('main')).toEqual([
		...['Export n8n', 'theirs.txt', 'backups/n8n.txt', 'README.md'],
	]);
});

test('where others are faster each time, it gives up and pushes nothing', async () => {
	const { repository } = server;
	await repository.commitFile('main', '0.txt', '0');
	let pushes = 0;
	const overtake = async () => {
		await repository.commitFile('main', `${++pushes}.txt`, String(pushes));
		server.beforeNextPush(overtake);
	};
	server.beforeNextPush(overtake);
	await expect(commitFolder(remote, commitOf({ 'a.json': 'A' }))).rejects.toMatchObject({
		...{ name: 'ConflictError', message: expect.stringMatching(/^Others push to the branch main/) },
	});
	expect(pushes).toBe(5);
	expect(await repository.files('main')).not.toContain('backups/n8n/a.json');
});

test('over SSH it goes with a deploy key, to a server that is known and to no other', async () => {
	const ssh = await startGitOverSsh(server.repository);
	try {
		const { url, privateKey, knownHosts } = ssh;
		const login = { kind: 'sshKey', privateKey, knownHosts } as const;
		const { committed } = await commitFolder({ url, login }, commitOf({ 'a.json': 'A' }));
		expect(committed).toBe(true);
		expect(await server.repository.files('main')).toEqual(['backups/n8n/a.json']);
		expect(ssh.refused).toEqual([]);

		const [address = ''] = knownHosts.split(' ');
		const stranger = await startGitOverSsh(server.repository);
		const others = `${address} ${stranger.knownHosts.replace(/^\S+ /, '')}`;
		const wrongs: [GitRemote['login'], RegExp][] = [
			[{ ...login, knownHosts: others }, /^The Git server is none of the known hosts\./],
			[{ ...login, privateKey: stranger.privateKey }, /^The Git server refused the login\./],
			[{ ...login, privateKey: 'no key' }, /^The Git server refused the login\./],
		];
		await stranger.stop();
		for (const [wrong, message] of wrongs) {
			await expect(
				commitFolder({ url, login: wrong }, commitOf({ 'b.json': 'B' })),
			).rejects.toMatchObject({ name: 'ConnectionError', message: expect.stringMatching(message) });
		}
		expect(await server.repository.files('main')).toEqual(['backups/n8n/a.json']);
	} finally {
		await ssh.stop();
	}
});

test('a wrong login, a wrong address and a server that is down are told apart; none shows a secret', async () => {
	const wrong = { kind: 'password', user: 'n8n', password: 'hunter2hunter2' } as const;
	const failures: [GitRemote, RegExp][] = [
		[{ ...remote, login: wrong }, /^The Git server refused the login\./],
		[{ ...remote, login: { kind: 'none' } }, /^The Git server refused the login\./],
		[{ ...remote, url: 'http://127.0.0.1:1/x.git' }, /^The Git server cannot be reached\./],
	];
	for (const [target, message] of failures) {
		const error = await commitFolder(target, commitOf({})).catch((caught: unknown) => caught);
		expect(error).toMatchObject({
			name: 'ConnectionError',
			message: expect.stringMatching(message),
		});
		expect(JSON.stringify([error, String((error as Error).stack)])).not.toMatch(/hunter2|Basic/);
	}
});

test('what the server does not take is told in its words, and the branch stays', async () => {
	const { repository } = server;
	const hook = join(repository.folder, 'hooks/pre-receive');
	await writeFile(hook, '#!/bin/sh\necho "main is protected" >&2\nexit 1\n');
	await chmod(hook, 0o755);
	await expect(commitFolder(remote, commitOf({ 'a.json': 'A' }))).rejects.toMatchObject({
		name: 'StoreError',
		message: expect.stringMatching(
			/^The Git server does not take what is pushed\..*main is protected/,
		),
	});
	expect(await repository.subjects('main')).toEqual([]);
});

test('a run that is stopped ends, and leaves nothing behind', async () => {
	const before = await workshops();
	const stop = new AbortController();
	server.beforeNextPush(async () => stop.abort());
	await expect(
		commitFolder(remote, commitOf({ 'a.json': 'A' }), stop.signal),
	).rejects.toMatchObject({ name: 'CancelledError' });
	expect((await workshops()).filter((name) => !before.includes(name))).toEqual([]);
});

test.each([
	['a file', { url: 'file:///tmp/x.git' }],
	['a path', { url: '/tmp/x.git' }],
	['a helper', { url: 'ext::sh -c true' }],
	['an option', { url: '--upload-pack=x' }],
	['a login in the address', { url: 'https://me:hunter2@git.example.com/x.git' }],
	['SSH without a key', { url: 'git@git.example.com:x.git' }],
])('%s is refused before anything is done', async (_what, { url }) => {
	const error = await commitFolder({ ...remote, url }, commitOf({})).catch(
		(caught: unknown) => caught,
	);
	expect(error).toMatchObject({ name: 'ConfigurationError' });
	expect((error as Error).message).not.toContain('hunter2');
});

test.each(['', '/', '..', 'a/../b', '.git', 'a//b', 'a\nb', 'a/'])(
	'the folder %j is refused, for all that is in it is replaced',
	async (folder) => {
		await expect(commitFolder(remote, commitOf({}, { folder }))).rejects.toMatchObject({
			name: 'ConfigurationError',
		});
	},
);

test.each(['', '-f', 'a..b', 'a b', 'x.lock', 'a:b', '/a', 'a~1'])(
	'the branch %j is refused',
	async (branch) => {
		await expect(commitFolder(remote, commitOf({}, { branch }))).rejects.toMatchObject({
			name: 'ConfigurationError',
		});
	},
);
