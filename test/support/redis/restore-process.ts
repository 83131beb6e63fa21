import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RestoreSnapshotInput } from '../../../core/redis/restore/restore-snapshot';

/** What the process says. */
export interface Said {
	phase?: string;
	done?: number;
	result?: { method: string };
	/** Most memory that it held at once. */
	peakRssBytes?: number;
	error?: string;
}

/**
 * Starts a restore in a process of its own; `onLine` hears what it says, and may end it. Resolves with
 * its last line when it has ended.
 */
export async function restoreInProcess(
	directory: string,
	input: Omit<RestoreSnapshotInput, 'repository'>,
	onLine: (said: Said, kill: () => void) => void,
): Promise<Said | undefined> {
	const child = spawn(process.execPath, [join(__dirname, 'restore-child.mjs')], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	const exited = once(child, 'exit');
	const kill = () => void child.kill('SIGKILL');
	child.stdin.end(JSON.stringify({ directory, input }));
	let last: Said | undefined;
	for await (const line of createInterface({ input: child.stdout })) {
		last = JSON.parse(line) as Said;
		onLine(last, kill);
	}
	await exited;
	return last;
}
