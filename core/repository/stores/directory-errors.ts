import { isNativeError } from 'node:util/types';
import { DisasterRecoveryError, StoreError } from '../../errors';

/** What the errors of the operating system mean to a person, and what helps. */
const MEANINGS: Readonly<Record<string, readonly [what: string, hint: string]>> = {
	ENOSPC: ['The disk is full.', 'Free some space, then run again.'],
	EDQUOT: ['The disk quota is used up.', 'Free some space or raise the quota, then run again.'],
	EFBIG: [
		'A file may not grow that large there.',
		'Raise the limit of file sizes (ulimit -f) for n8n, or use a file system that takes larger files.',
	],
	EACCES: [
		'Access is denied.',
		'Give the user that n8n runs as the right to read and write there.',
	],
	EPERM: [
		'The operation is not permitted.',
		'Give the user that n8n runs as the right to read and write there.',
	],
	EROFS: ['It is mounted read-only.', 'Mount it writable, or use another directory.'],
	ENOENT: [
		'It does not exist.',
		'Where it is a mount, check that it is mounted. The first backup creates the last folder of the path, but not those above it.',
	],
	ENOTDIR: ['A part of the path is a file, not a folder.', 'Correct the path of the directory.'],
	EIO: [
		'The disk reported a read or write error.',
		'Check the health of the disk before you rely on it.',
	],
	ESTALE: ['The network mount is stale.', 'Mount it again, then run again.'],
	EMFILE: ['Too many files are open.', 'Raise the limit of open files for n8n.'],
};

/** Turns an error of the operating system into one for people; passes our own errors on. */
export function explainDirectory(error: unknown, label: string): DisasterRecoveryError {
	if (error instanceof DisasterRecoveryError) return error;
	const code = codeOf(error);
	const [what, hint] = MEANINGS[code ?? ''] ?? [
		`The operating system reported ${code ?? 'an unknown failure'}.`,
		'Check the directory and its disk.',
	];
	return new StoreError(`The ${label} cannot be used. ${what}`, { hint, cause: error });
}

/** The operating system's code, e.g. `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
	return isNativeError(error) && 'code' in error ? String(error.code) : undefined;
}

/** `undefined` where a file or folder is missing: another run may remove what was there a moment ago. */
export async function unlessGone<T>(result: Promise<T>): Promise<T | undefined> {
	try {
		return await result;
	} catch (error) {
		if (codeOf(error) === 'ENOENT') return undefined;
		throw error;
	}
}
