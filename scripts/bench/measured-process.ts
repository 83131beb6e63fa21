import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

const LOOK_EVERY_MS = 10;
/** `getconf CLK_TCK` of Linux. */
const TICKS_PER_SECOND = 100;

/** What one run of a program has cost. */
export interface Cost {
	/** From its start to its end. */
	readonly wallMs: number;
	/** User and system time of the program and of what it started; not of the servers. */
	readonly cpuSeconds: number;
	/** Most memory that the program itself held at once; not what it started. */
	readonly peakRssBytes: number;
}

/** Runs a program to its end; rejects with its own words when it fails. Linux only. */
export async function measure(
	command: string,
	programArguments: readonly string[],
	options: { env?: NodeJS.ProcessEnv; input?: string; signal: AbortSignal },
): Promise<{ cost: Cost; output: string }> {
	const cpuBefore = await cpuSecondsOfChildren();
	const startedAt = performance.now();
	const { env = process.env, signal } = options;
	const child = spawn(command, programArguments, { env, signal });
	let peakRssBytes = 0;
	const look = async () => {
		peakRssBytes = Math.max(peakRssBytes, await peakOf(child.pid));
	};
	const timer = setInterval(() => void look(), LOOK_EVERY_MS);
	try {
		const ended = once(child, 'close');
		child.stdin.end(options.input);
		const [output, messages, [code]] = await Promise.all([
			text(child.stdout),
			text(child.stderr),
			ended,
		]);
		const wallMs = performance.now() - startedAt;
		if (code !== 0) throw new Error(`${command} failed with exit code ${code}:\n${messages}`);
		const cpuSeconds = (await cpuSecondsOfChildren()) - cpuBefore;
		return { cost: { wallMs, cpuSeconds, peakRssBytes }, output };
	} finally {
		clearInterval(timer);
	}
}

/** Of those that have ended, and of theirs. */
async function cpuSecondsOfChildren(): Promise<number> {
	const stat = await readFile('/proc/self/stat', 'utf8');
	// The second field is a name in parentheses; user and system time of children are fields 16 and 17.
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

/** Zero for a process that is gone. */
async function peakOf(pid: number | undefined): Promise<number> {
	const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
	return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
