import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import type { PostgresServer } from '../connection';
import { certificateAuthorities } from '../../network/certificate-authorities';
import { writeCaFile } from './ca-file';

/** What a program needs to start; nothing else of this process's environment, which holds secrets. */
const PASSED_ON = [
	'PATH',
	'LD_LIBRARY_PATH',
	'DYLD_LIBRARY_PATH',
	'HOME',
	'TMPDIR',
	'TEMP',
	'TMP',
	'SYSTEMROOT',
	'WINDIR',
	'PROGRAMDATA',
	'USERPROFILE',
	'APPDATA',
];

/**
 * For these settings alone libpq has no variables; all others are in the environment. So that a program
 * notices within two minutes that the network has gone: the system's own settings are two hours.
 */
export const KEEP_ALIVE = '--dbname=keepalives_idle=60 keepalives_interval=10 keepalives_count=6';

export interface LibpqEnvironment {
	readonly variables: Record<string, string>;
	/** Removes the file with the certificates, where one was needed. */
	dispose(): void;
}

/** The environment of a program that talks to no server. */
export function bareEnvironment(): Record<string, string> {
	const passed = PASSED_ON.flatMap((name) => {
		const value = process.env[name];
		return value === undefined ? [] : [[name, value] as const];
	});
	return { ...Object.fromEntries(passed), LC_ALL: 'C', LANG: 'C' };
}

/**
 * The environment of a native client program for `server`. Everything is given here and nothing on
 * the command line: that is where other users of the machine could read a password, and where libpq
 * takes some database names for connection strings.
 */
export function libpqEnvironment(
	server: PostgresServer,
	options: { purpose: string; database: string },
): LibpqEnvironment {
	const tls = tlsVariables(server);
	return {
		variables: {
			...bareEnvironment(),
			PGHOST: server.host,
			PGPORT: String(server.port),
			PGUSER: server.user,
			PGPASSWORD: server.password,
			// With an empty password libpq would look into the password file of the user.
			PGPASSFILE: join(tmpdir(), 'no-password-file'),
			PGDATABASE: options.database,
			PGAPPNAME: `n8n-dr-${options.purpose}`,
			PGCONNECT_TIMEOUT: '15',
			PGGSSENCMODE: 'disable',
			...tls.variables,
		},
		dispose: tls.dispose,
	};
}

function tlsVariables({ tls }: PostgresServer): LibpqEnvironment {
	if (tls.mode !== 'verify-full') {
		return { variables: { PGSSLMODE: tls.mode }, dispose: () => undefined };
	}
	// libpq before version 16 knows no "system", and on some machines it would find nothing there:
	// so that all engines trust the same authorities, it gets those that Node trusts.
	const authorities = certificateAuthorities('Postgres', tls.ca) ?? getCACertificates('default');
	const file = writeCaFile(authorities);
	return {
		variables: { PGSSLMODE: 'verify-full', PGSSLROOTCERT: file.path },
		dispose: file.dispose,
	};
}
