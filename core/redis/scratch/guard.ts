import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Blocks on its standard input, whose other end only this process holds. End of file means that this
 * process is gone, however it went: then nobody else ends the server and removes what it holds.
 */
const GUARD = `
trap '' INT TERM HUP
read -r released && exit 0
kill -KILL "$1" 2>/dev/null
rm -rf -- "$2"
`;

/**
 * Sees to it that a server process and its folder do not outlive this process. The function returned
 * is to be called when both are gone. A machine without a shell does without.
 */
export function guardServer(pid: number, folder: string): () => void {
	const guard = spawn('sh', ['-c', GUARD, 'guard', `${pid}`, folder], {
		stdio: ['pipe', 'ignore', 'ignore'],
		detached: true,
		env: { PATH: process.env.PATH ?? '' },
	});
	guard.on('error', () => undefined);
	guard.unref();
	const input = guard.stdin as unknown as Socket;
	input.on('error', () => undefined);
	input.unref?.();
	return () => void input.end('released\n');
}
