import type { Endpoint } from '../network/connection-errors';

/** How the connection is encrypted, and whether the server has to prove who it is. */
export type RedisTls =
	| { mode: 'disable' }
	/** Encrypted, but any server is believed. */
	| { mode: 'require' }
	/** Encrypted and verified; `ca` is PEM, `serverName` the certificate's name where `host` is not. */
	| { mode: 'verify-full'; ca?: string; serverName?: string };

/** A Redis server and the account that is used on it. */
export interface RedisServer {
	host: string;
	port: number;
	/** Of the ACL; empty for the user `default`. */
	username: string;
	/** Empty where the server asks for none. */
	password: string;
	/** For what works in a single one; snapshots and restores select those that they need. */
	database: number;
	tls: RedisTls;
	/** What the server calls a command that it renamed: `{ SYNC: 'SYNC-7f3a' }`. */
	renamedCommands?: Readonly<Record<string, string>>;
}

/** The name of a command on this server. */
export function commandName(server: RedisServer, command: string): string {
	return server.renamedCommands?.[command] ?? command;
}

/** The arguments of AUTH; nothing where the credential has no password. */
export function authArguments({ username, password }: RedisServer): string[] | undefined {
	if (username === '' && password === '') return undefined;
	// Servers before version 6 know no users, and take one argument.
	return username === '' ? [password] : [username, password];
}

/** The server in the words of messages about connections. */
export function endpointOf({ host, port }: RedisServer): Endpoint {
	return {
		...{ service: 'Redis', host, port, listenSetting: 'bind, protected-mode' },
		tlsSettings: 'tls-port, tls-cert-file, tls-auth-clients',
	};
}
