import { readFile, readlink } from 'node:fs/promises';

/**
 * Tells a process from every other one: also from a later one of the same number, and from those of
 * other machines and containers. Undefined where the system does not say (anything but Linux).
 */
export async function identityOf(pid: number): Promise<string | undefined> {
	try {
		const [boot, namespace, stat] = await Promise.all([
			readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
			readlink('/proc/self/ns/pid'),
			readFile(`/proc/${pid}/stat`, 'utf8'),
		]);
		// The name of the program, in parentheses, may hold anything; the start is field 22.
		const [, state, ...fields] = stat.slice(stat.lastIndexOf(')')).split(' ');
		const start = fields[18];
		// It has ended, and its parent has not asked how.
		if (state === 'Z') return undefined;
		return `${boot.trim()} ${namespace} ${pid} ${start}`;
	} catch {
		return undefined;
	}
}

/**
 * Whether the process is known to have ended; false where that cannot be told, as for those of other
 * machines and containers.
 */
export async function hasEnded(identity: string): Promise<boolean> {
	const self = await identityOf(process.pid);
	const [boot, namespace, pid] = identity.split(' ');
	if (self === undefined || !self.startsWith(`${boot} ${namespace} `)) return false;
	return (await identityOf(Number(pid))) !== identity;
}
