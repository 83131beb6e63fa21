import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { eventually } from './eventually';
import { npmPack } from './packed-package';

const run = promisify(execFile);
const PROGRAM = 'node_modules/n8n-nodes-disaster-recovery/dist/cli/main.js';

export interface Ended {
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
}

/** The program while it runs. */
export interface Running {
	readonly child: ChildProcess;
	/** What it has written so far, on both outputs. */
	written(): string;
	readonly ended: Promise<Ended>;
}

/** The package as somebody has it on a machine with nothing but Node. */
export interface InstalledCli {
	/** Where it was installed. */
	readonly folder: string;
	/** Where it keeps temporary files. */
	readonly temporary: string;
	/** Runs it from another folder, with nothing in its environment but `env`, and without a terminal. */
	start(args: readonly string[], env?: Readonly<Record<string, string>>): Running;
	/** The same on a terminal; each answer is typed once its question has been written. */
	onTerminal(
		args: readonly string[],
		env: Readonly<Record<string, string>>,
		answers: readonly (readonly [question: string, answer: string])[],
	): Promise<Ended>;
	remove(): Promise<void>;
}

/** Packs what is built and installs it into an empty folder, without the packages of n8n. */
export async function installCli(): Promise<InstalledCli> {
	const home = await mkdtemp(join(tmpdir(), 'dr-cli-'));
	const [folder, elsewhere, temporary] = [
		join(home, 'installed'),
		join(home, 'elsewhere'),
		join(home, 'tmp'),
	];
	for (const path of [folder, elsewhere, temporary]) await mkdir(path);
	const { filename } = await npmPack(home);
	await writeFile(join(folder, 'package.json'), '{ "private": true }');
	const flags = ['--ignore-scripts', '--omit=peer', '--no-audit', '--no-fund'];
	await run('npm', ['install', ...flags, join(home, filename)], { cwd: folder });
	const program = join(folder, PROGRAM);
	// Of the programs of this machine, it is to find Node alone.
	const bare = { PATH: dirname(process.execPath), TMPDIR: temporary, HOME: elsewhere };
	return {
		...{ folder, temporary },
		start: (args, env = {}) =>
			watch(
				spawn(process.execPath, [program, ...args], {
					...{ cwd: elsewhere, env: { ...bare, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
				}),
			),
		onTerminal: async (args, env, answers) => {
			const words = [process.execPath, program, ...args].map((word) => `'${word}'`);
			const child = spawn('script', ['-qefc', words.join(' '), '/dev/null'], {
				...{ cwd: elsewhere, stdio: ['pipe', 'pipe', 'pipe'] },
				env: { ...bare, ...env, PATH: process.env['PATH'], TERM: 'dumb', SHELL: '/bin/sh' },
			});
			const running = watch(child);
			let from = 0;
			for (const [question, answer] of answers) {
				await eventually(() => {
					const at = running.written().indexOf(question, from);
					if (at < 0) throw new Error(`No "${question}" in:\n${running.written()}`);
					from = at + question.length;
				}, 60_000);
				child.stdin?.write(answer);
			}
			return await running.ended;
		},
		remove: () => rm(home, { recursive: true, force: true }),
	};
}

function watch(child: ChildProcess): Running {
	const written = { stdout: '', stderr: '' };
	let all = '';
	for (const name of ['stdout', 'stderr'] as const) {
		child[name]?.setEncoding('utf8').on('data', (text: string) => {
			written[name] += text;
			all += text;
		});
	}
	const ended = once(child, 'close').then(([code]) => ({ code: Number(code), ...written }));
	return { child, written: () => all, ended };
}
