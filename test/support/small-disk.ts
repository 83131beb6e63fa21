import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { guardProcess } from './process-guard';
import { unprivilegedUser } from './unprivileged-user';

/** A file system of its own that is soon full. */
export interface SmallDisk {
	/** Its root folder, for this user and for the user that test servers run as. */
	readonly path: string;
	/** Takes all the room that is left, or all but so many bytes. */
	fill(leaving?: number): Promise<void>;
	/** Gives back what `fill` took. */
	free(): Promise<void>;
	/** Ends it, with all that is on it. */
	remove(): Promise<void>;
}

/** Prints a line once the disk is there, and keeps it for as long as it lives. */
const HOLD = `
mount -t tmpfs -o "size=$1,mode=0777" small-disk "$2" || exit 1
echo mounted
if [ -n "$3" ]; then exec setpriv --reuid="$3" --regid="$4" --clear-groups sleep 3600; fi
exec sleep 3600
`;

/**
 * Mounts a tmpfs of so many bytes, as root or as anybody (then in a user namespace). It is seen through
 * the process that holds it: when that ends, however it does, nothing is left mounted. Rejects
 * where the system allows neither. Linux only.
 */
export async function mountSmallDisk(bytes: number): Promise<SmallDisk> {
	const mountPoint = await mkdtemp(join(tmpdir(), 'dr-small-disk-'));
	const server = await unprivilegedUser();
	const namespace = server ? ['--mount'] : ['--mount', '--user', '--map-root-user'];
	const holder = spawn(
		'unshare',
		[
			...[...namespace, 'sh', '-c', HOLD, 'small-disk', String(bytes), mountPoint],
			...[server?.uid ?? '', server?.gid ?? ''].map(String),
		],
		{ stdio: ['ignore', 'pipe', 'pipe'] },
	);
	const messages = text(holder.stderr);
	const ended = once(holder, 'exit');
	const isMounted = await Promise.race([
		once(holder.stdout, 'data').then(() => true),
		ended.then(() => false),
	]);
	if (!isMounted) {
		await rm(mountPoint, { recursive: true });
		throw new Error(`A small disk for the test could not be mounted: ${await messages}`);
	}
	const release = guardProcess(holder.pid as number, mountPoint);
	const path = join('/proc', String(holder.pid), 'root', mountPoint);
	const ballast = join(path, 'ballast');
	return {
		path,
		fill: async (leaving = 0) => {
			const { bavail, bsize } = await statfs(path);
			await fillUp(ballast, leaving === 0 ? Infinity : bavail * bsize - leaving);
		},
		free: async () => await rm(ballast, { force: true }),
		remove: async () => {
			holder.kill('SIGKILL');
			await ended;
			release();
			await rm(mountPoint, { recursive: true, force: true });
		},
	};
}

/** Writes so many bytes, or until the system says that the disk is full, and to nothing else. */
async function fillUp(path: string, bytes: number): Promise<void> {
	const piece = Buffer.alloc(4_096, 1);
	const file = await open(path, 'a');
	try {
		for (let written = 0; written < bytes; written += piece.length) await file.write(piece);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
	} finally {
		await file.close();
	}
}
