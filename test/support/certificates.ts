import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** PEM texts of a throw-away authority and of a server certificate that it signed. */
export interface ServerCertificate {
	ca: string;
	certificate: string;
	key: string;
}

const LOCAL_NAMES = ['DNS:localhost', 'IP:127.0.0.1'];

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/**
 * Makes a certificate authority that exists for this call only, and a server certificate for the
 * given names, valid for `days` from now; with a negative number it has expired. Node cannot sign
 * certificates, so `openssl` does.
 */
export async function createServerCertificate(
	names: readonly string[] = LOCAL_NAMES,
	days = 2,
): Promise<ServerCertificate> {
	const directory = await mkdtemp(join(tmpdir(), 'dr-certificate-'));
	const file = (name: string) => join(directory, name);
	try {
		await writeFile(file('names'), `subjectAltName=${names.join(',')}\n`);
		await run('openssl', [
			...['req', '-x509', ...NEW_KEY, '-days', '2', '-subj', '/CN=Test authority'],
			...['-keyout', file('ca.key'), '-out', file('ca.crt')],
		]);
		await run('openssl', [
			...['req', ...NEW_KEY, '-subj', '/CN=localhost'],
			...['-keyout', file('server.key'), '-out', file('server.csr')],
		]);
		await run('openssl', [
			...[
				'x509',
				'-req',
				'-in',
				file('server.csr'),
				'-days',
				String(days),
				'-extfile',
				file('names'),
			],
			...['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-CAcreateserial'],
			...['-out', file('server.crt')],
		]);
		return {
			ca: await readFile(file('ca.crt'), 'utf8'),
			certificate: await readFile(file('server.crt'), 'utf8'),
			key: await readFile(file('server.key'), 'utf8'),
		};
	} finally {
		await rm(directory, { recursive: true, force: true });
	}
}

/** Makes a server certificate that nobody but itself has signed. */
export async function createSelfSignedCertificate(): Promise<Omit<ServerCertificate, 'ca'>> {
	const { stdout } = await run('openssl', [
		...['req', '-x509', ...NEW_KEY, '-days', '2', '-subj', '/CN=localhost', '-keyout', '-'],
		...['-addext', `subjectAltName=${LOCAL_NAMES.join(',')}`],
	]);
	return { certificate: stdout, key: stdout };
}
