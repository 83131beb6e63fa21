import { isIP } from 'node:net';
import { oneOf } from '../arguments';
import { readText } from '../backup/location';

const MODES = ['verify-full', 'require', 'disable'] as const;

/** Options about the server that is restored to. */
export const serverOptions = {
	host: { type: 'string' },
	port: { type: 'string' },
	user: { type: 'string' },
	tls: { type: 'string' },
	'ca-file': { type: 'string' },
} as const;

export type ServerValues = { readonly [Option in keyof typeof serverOptions]?: string };

export const tlsUsage = `  --tls <mode>          verify-full, require or disable; verify-full unless it is this machine
  --ca-file <path>      the certificate authority of a server with a private certificate`;

export type Tls = { mode: 'disable' } | { mode: 'require' } | { mode: 'verify-full'; ca?: string };

/** How the connection to `host` is encrypted. Rejects with `UsageError`. */
export async function tlsOf(host: string, values: ServerValues): Promise<Tls> {
	const { 'ca-file': caFile } = values;
	const usual = isThisMachine(host) && !caFile ? 'disable' : 'verify-full';
	const mode = oneOf(values.tls, 'tls', MODES) ?? usual;
	if (mode !== 'verify-full' || !caFile) return { mode };
	return { mode, ca: await readText(caFile, 'ca-file') };
}

/** What is said to it never leaves the machine. */
function isThisMachine(host: string): boolean {
	return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
