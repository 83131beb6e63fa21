import type { FileFingerprint } from '../repository/fingerprint';

/** What needs no quotes in a shell, and begins neither an option nor a hidden file. */
const PLAIN_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/**
 * Shell lines that bring a file back with standard tools alone, readable by its owner only, and never
 * over a file that is there.
 *
 * @param decode the command that writes the payload to its standard output
 */
export function howToRestore(
	{ fileName, mode }: FileFingerprint,
	sha256: string,
	decode: string,
): string[] {
	const name = PLAIN_NAME.test(fileName) ? fileName : 'restored-file';
	return [
		`# The file was called ${JSON.stringify(fileName)}${mode === undefined ? '' : `, and its mode was ${mode}`}.`,
		'umask 077',
		`${decode} > ${name}.restored`,
		'# Has to answer OK:',
		`echo '${sha256}  ${name}.restored' | sha256sum -c`,
		'# Then move it to where it belongs; -i asks before it replaces anything. Others who have to read it',
		'# need chmod and chown.',
		`mv -i ${name}.restored ${name}`,
	];
}
