import { utils } from 'ssh2';

/** As OpenSSH writes both. */
export interface SshKeys {
	readonly private: string;
	readonly public: string;
}

/**
 * A new pair of keys, of a server or of a login.
 *
 * ECDSA, because ssh2 1.17 writes six of a thousand Ed25519 keys in a form that it cannot read.
 */
export function createSshKeys(): SshKeys {
	return utils.generateKeyPairSync('ecdsa', { bits: 256 });
}
