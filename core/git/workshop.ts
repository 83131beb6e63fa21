import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, ConnectionError, DisasterRecoveryError, StoreError } from '../errors';
import { errorCode, errorMessage } from '../network/connection-errors';
import { cancelled } from '../repository/cancellation';
import { explainFailure } from './git-failure';
import type { GitRemote } from './remote';

/** No call takes so long with a server that is well. */
const TIMEOUT_MS = 5 * 60_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** On the way to a server, as n8n itself goes it. */
const PROXY = /^(https?|no|all)_proxy$/i;

/** Git in a folder of its own, that knows one remote, `origin`, and nothing of the machine's settings. */
export interface Workshop {
	/**
	 * Runs Git; resolves with what it prints. Rejects with an error of `core/errors` in the words of
	 * Git, or with `GitExit` where `mayFail` is set.
	 */
	git(args: readonly string[], options?: { input?: Buffer; mayFail?: boolean }): Promise<string>;
}

/** What Git printed before it ended badly. */
export class GitExit extends Error {
	constructor(readonly words: string) {
		super('Git ended with an error.');
	}
}

/**
 * Lets `work` use Git, and removes afterwards all that it left. Login, key and settings are in files that
 * only this user can read: the arguments of a process can be read by everybody on the machine.
 */
export async function inWorkshop<T>(
	remote: GitRemote,
	work: (workshop: Workshop) => Promise<T>,
	signal?: AbortSignal,
): Promise<T> {
	const folder = await mkdtemp(join(tmpdir(), 'dr-git-')).catch(noRoom);
	try {
		const environment = await furnish(folder, remote).catch(noRoom);
		const git: Workshop['git'] = async (args, { input, mayFail = false } = {}) => {
			const { error, output, words } = await run(args, folder, environment, input, signal);
			if (error === undefined) return output;
			if (signal?.aborted) throw cancelled('The work with Git');
			if (errorCode(error) === 'ENOENT') throw noGit();
			if (error.killed) throw tooSlow();
			if (mayFail) throw new GitExit(`${output}\n${words}`);
			throw explainFailure(words || output || errorMessage(error));
		};
		await git(['init', '--quiet', '--bare', '.']);
		await git(['remote', 'add', 'origin', remote.url]);
		return await work({ git });
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

interface Ended {
	error?: Error & { killed?: boolean };
	output: string;
	words: string;
}

function run(
	args: readonly string[],
	folder: string,
	env: NodeJS.ProcessEnv,
	input: Buffer | undefined,
	signal: AbortSignal | undefined,
): Promise<Ended> {
	return new Promise((resolve) => {
		const options = { cwd: folder, env, maxBuffer: MAX_OUTPUT_BYTES, timeout: TIMEOUT_MS, signal };
		const child = execFile('git', args, options, (error, output, words) =>
			resolve({ ...(error && { error }), output, words }),
		);
		// Where Git gives up before it has read all, its own words say why.
		child.stdin?.on('error', () => undefined);
		child.stdin?.end(input);
	});
}

async function furnish(folder: string, { login, ca }: GitRemote): Promise<NodeJS.ProcessEnv> {
	const place = async (name: string, content: string) => {
		const path = join(folder, name);
		await writeFile(path, content, { mode: 0o600 });
		return path;
	};
	const authority = ca === undefined ? undefined : await place('authority.pem', `${ca.trim()}\n`);
	const config = await place('settings', settings(login, authority));
	const proxies = Object.entries(process.env).filter(([name]) => PROXY.test(name));
	return {
		...Object.fromEntries(proxies),
		...{ PATH: process.env.PATH, HOME: folder, LC_ALL: 'C' },
		...{ GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: config, GIT_DIR: folder },
		...{ GIT_TERMINAL_PROMPT: '0', GIT_ALLOW_PROTOCOL: 'http:https:ssh' },
		...(login.kind === 'sshKey' && {
			GIT_SSH_VARIANT: 'ssh',
			GIT_SSH_COMMAND: sshCommand(
				await place('key', `${login.privateKey.replace(/\r/g, '').trim()}\n`),
				await place('known-hosts', `${login.knownHosts.replace(/\r/g, '').trim()}\n`),
			),
		}),
	};
}

/** A redirect would take the login with it. */
function settings(login: GitRemote['login'], authority: string | undefined): string {
	const header =
		login.kind === 'password'
			? `extraHeader = "Authorization: Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}"`
			: '';
	return [
		...['[http]', 'followRedirects = false', 'lowSpeedLimit = 100', 'lowSpeedTime = 60', header],
		...(authority === undefined ? [] : [`sslCAInfo = ${JSON.stringify(authority)}`]),
		...['[core]', 'hooksPath = /dev/null', '[gc]', 'auto = 0', '[credential]', 'helper =', ''],
	].join('\n');
}

/** Read by a shell: Git knows no other way to give options to ssh. The paths are of our making. */
function sshCommand(key: string, knownHosts: string): string {
	const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
	const options = [
		...['BatchMode=yes', 'IdentitiesOnly=yes', 'IdentityAgent=none', 'StrictHostKeyChecking=yes'],
		...[
			`UserKnownHostsFile="${knownHosts}"`,
			'GlobalKnownHostsFile=/dev/null',
			'ConnectTimeout=30',
		],
		...['ServerAliveInterval=15', 'ServerAliveCountMax=4'],
	];
	return `ssh -F /dev/null -i ${quoted(key)} ${options.map((option) => `-o ${quoted(option)}`).join(' ')}`;
}

function noGit(): ConfigurationError {
	return new ConfigurationError('There is no git on the machine of n8n.', {
		hint: 'The official image of n8n has it. Elsewhere install it, so that it is in the PATH of n8n.',
	});
}

function tooSlow(): ConnectionError {
	return new ConnectionError(`Git was not done within ${TIMEOUT_MS / 60_000} minutes.`, {
		hint: 'See whether the Git server answers. The next run makes up for this one.',
	});
}

function noRoom(error: unknown): never {
	if (error instanceof DisasterRecoveryError) throw error;
	throw new StoreError(`The folder for the work of Git cannot be made: ${errorMessage(error)}.`, {
		hint: 'Make room in the folder for temporary files of n8n (TMPDIR), and let n8n write there.',
	});
}
