import { randomBytes } from 'node:crypto';

import { type AuthContext, type ParsedKey, utils } from 'ssh2';

import { createSshKeys } from '../ssh-keys';

/** The one user of a machine. */
export interface Login {
	readonly user: string;
	readonly password: string;
	/** As OpenSSH writes it. */
	readonly privateKey: string;
	/** Why this try to log in fails, if it does; without what was tried. */
	problemWith(context: AuthContext): string | undefined;
}

/** A user with a random password and a random key. */
export function createLogin(): Login {
	const user = 'deploy';
	const password = randomBytes(12).toString('base64url');
	const pair = createSshKeys();
	const key = utils.parseKey(pair.public) as ParsedKey;
	const problemWith: Login['problemWith'] = (context) => {
		if (context.username !== user) return `${context.method}: unknown user`;
		if (context.method === 'password') {
			return context.password === password ? undefined : 'password: wrong password';
		}
		if (context.method !== 'publickey') return `${context.method}: not offered`;
		if (!key.getPublicSSH().equals(context.key.data)) return 'publickey: unknown key';
		// Without a signature the client only asks whether the key would do.
		if (!context.signature || !context.blob) return undefined;
		const isSigned = key.verify(context.blob, context.signature, context.hashAlgo) === true;
		return isSigned ? undefined : 'publickey: wrong signature';
	};
	return { user, password, privateKey: pair.private, problemWith };
}
