import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import type { ServerChannel } from 'ssh2';

/** What the user of a machine has started. */
export class RunningCommands {
	/** As they came. */
	readonly commands: string[] = [];
	private readonly children = new Set<ChildProcess>();

	/** `folder` is where they run, and their home; programs are first looked for in its `bin`. */
	constructor(private readonly folder: string) {}

	/** Runs a command in a shell, as sshd does; its exit code or signal goes back at the end. */
	start(command: string, channel: ServerChannel): void {
		this.commands.push(command);
		const child = spawn('/bin/sh', ['-c', command], {
			cwd: this.folder,
			env: { HOME: this.folder, PATH: `${this.folder}/bin:/usr/local/bin:/usr/bin:/bin` },
			// A group of its own, so that what it starts can be ended with it.
			detached: true,
		});
		this.children.add(child);
		child.stdout.pipe(channel, { end: false });
		child.stderr.pipe(channel.stderr, { end: false });
		channel.pipe(child.stdin);
		// Either side may be gone before the other one.
		child.stdin.on('error', () => undefined);
		channel.on('error', () => undefined);
		child.once('close', (code, signal) => {
			this.children.delete(child);
			if (channel.destroyed) return;
			if (code !== null) channel.exit(code);
			else channel.exit((signal ?? 'SIGTERM').replace(/^SIG/, ''));
			channel.end();
		});
	}

	async end(): Promise<void> {
		await Promise.all(
			[...this.children].map(async (child) => {
				const closed = once(child, 'close');
				if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
				await closed;
			}),
		);
	}
}
