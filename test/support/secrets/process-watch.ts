import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { secretsIn } from './forms';

const EVERY_MS = 25;

/** A secret that a process showed to everybody (`cmdline`) or to its own user (`environ`). */
export interface Sighting {
	program: string;
	where: 'cmdline' | 'environ';
	secret: string;
}

/** Looks at the arguments and the environment of every process until it is stopped. Linux only. */
export class ProcessWatch {
	private readonly sightings = new Map<string, Sighting>();
	private readonly known = new Set<string>();
	private readonly programs = new Set<string>();
	private stopped = false;
	private readonly watching = this.watch();

	constructor(private readonly secrets: Readonly<Record<string, string>>) {}

	/** What was seen, and the names of all programs that were looked at. */
	async stop(): Promise<{ sightings: Sighting[]; programs: string[] }> {
		this.stopped = true;
		await this.watching;
		return { sightings: [...this.sightings.values()], programs: [...this.programs] };
	}

	private async watch(): Promise<void> {
		for (; !this.stopped; await sleep(EVERY_MS)) {
			const entries = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
			await Promise.all(entries.map(async (pid) => await this.look(pid)));
		}
	}

	private async look(pid: string): Promise<void> {
		const commandLine = await readIfThere(`/proc/${pid}/cmdline`);
		// A program that was started in the place of another has another command line.
		if (commandLine === '' || this.known.has(pid + commandLine)) return;
		this.known.add(pid + commandLine);
		const program = (commandLine.split('\0')[0] ?? '').split('/').at(-1) ?? '';
		this.programs.add(program);
		const texts = { cmdline: commandLine, environ: await readIfThere(`/proc/${pid}/environ`) };
		for (const where of ['cmdline', 'environ'] as const) {
			for (const secret of secretsIn(texts[where], this.secrets)) {
				this.sightings.set(`${program} ${where} ${secret}`, { program, where, secret });
			}
		}
	}
}

async function readIfThere(path: string): Promise<string> {
	return await readFile(path, 'utf8').catch(() => '');
}
