import type { Manifest } from './manifest';

/**
 * The shell command that writes the raw payload to standard output with standard tools alone, e.g.
 * `age -d -i key.txt X.dump.zst.age | zstd -dc`. File names need no quotes: their characters are safe.
 */
export function decodeCommand(
	payload: Pick<Manifest['payload'], 'file' | 'compression' | 'encryption'>,
): string {
	const { file, compression, encryption } = payload;
	const unpack = { zstd: 'zstd -dc', gzip: 'gzip -dc', none: undefined }[compression.algorithm];
	if (encryption.kind === 'none') return `${unpack ?? 'cat'} ${file}`;
	const open = encryption.kind === 'age-recipients' ? 'age -d -i key.txt' : 'age -d';
	return [`${open} ${file}`, ...(unpack === undefined ? [] : [unpack])].join(' | ');
}
