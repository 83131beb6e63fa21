import { readFile } from 'node:fs/promises';

export interface UserIds {
	uid: number;
	gid: number;
}

/**
 * Who a server that refuses to run as root shall run as: `nobody` when this is root, else
 * undefined, which means this very user.
 */
export async function unprivilegedUser(): Promise<UserIds | undefined> {
	if (process.getuid?.() !== 0) return undefined;
	const entry = (await readFile('/etc/passwd', 'utf8'))
		.split('\n')
		.find((line) => line.startsWith('nobody:'));
	if (!entry) throw new Error('PostgreSQL does not run as root, and there is no user "nobody".');
	const [, , uid, gid] = entry.split(':');
	return { uid: Number(uid), gid: Number(gid) };
}
