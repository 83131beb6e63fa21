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

/**
 * Makes a certificate authority that exists for this call only, and a server certificate for the
 * given names, valid for two days. Node cannot sign certificates, so `openssl` does.
 */
export async function createServerCertificate(
	names: readonly string[] = ['DNS:localhost', 'IP:127.0.0.1'],
): Promise<ServerCertificate> {
	const directory = await mkdtemp(join(tmpdir(), 'dr-certificate-'));
	const file = (name: string) => join(directory, name);
	const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
	try {
		await writeFile(file('names'), `subjectAltName=${names.join(',')}\n`);
		await run('openssl', [
			...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=Test authority'],
			...['-keyout', file('ca.key'), '-out', file('ca.crt')],
		]);
		await run('openssl', [
			...['req', ...newKey, '-subj', '/CN=localhost'],
			...['-keyout', file('server.key'), '-out', file('server.csr')],
		]);
		await run('openssl', [
			...['x509', '-req', '-in', file('server.csr'), '-days', '2', '-extfile', file('names')],
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
