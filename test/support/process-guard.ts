import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Ends the guard without harm: the process was stopped in the ordinary way. */
export type Release = () => void;

/**
 * Blocks on its standard input, whose other end only this process holds. End of file means that
 * this process is gone, however it went, SIGKILL included: then nobody else cleans up.
 */
const GUARD = `
trap '' INT TERM HUP
read -r released && exit 0
kill -QUIT "$1" 2>/dev/null
sleep 1
kill -KILL "$1" 2>/dev/null
rm -rf -- "$2"
`;

/**
 * Sees to it that a child process and its directory do not outlive this process. An exit handler
 * would not do: Jest ends its workers by signal and hands tests a copy of `process`.
 */
export function guardProcess(pid: number, directory: string): Release {
	const guard = spawn('sh', ['-c', GUARD, 'process-guard', String(pid), directory], {
		stdio: ['pipe', 'ignore', 'ignore'],
		detached: true,
	});
	guard.unref();
	const input = guard.stdin as unknown as Socket;
	input.unref();
	input.on('error', () => undefined); // The guard may be gone already; so is its reason.
	return () => void input.end('released\n');
}
