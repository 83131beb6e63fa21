import { ConfigurationError } from '../errors';

/** How one logs in to a Git server. */
export type GitLogin =
	| { readonly kind: 'none' }
	| { readonly kind: 'password'; readonly user: string; readonly password: string }
	/** `knownHosts` as ssh-keyscan writes it: the server has to prove that it is one of these. */
	| { readonly kind: 'sshKey'; readonly privateKey: string; readonly knownHosts: string };

/** A repository on a Git server. */
export interface GitRemote {
	readonly url: string;
	readonly login: GitLogin;
	/** The authority that signed an HTTPS server, in PEM format, where it is a private one. */
	readonly ca?: string;
}

const SCP_LIKE = /^[\w.-]+@[\w.-]+:[^:/][^\s]*$/;

/**
 * Throws `ConfigurationError` for an address that Git would read as something else than a repository on
 * a server, or that does not go with the login; one with a password in it would be shown in messages.
 */
export function assertRemote({ url, login }: GitRemote): void {
	const protocol = SCP_LIKE.test(url) ? 'ssh:' : URL.parse(url)?.protocol;
	if (protocol === undefined || !/^(https?|ssh):$/.test(protocol) || /[\s\0]/.test(url)) {
		throw new ConfigurationError('The address of the Git repository cannot be used.', {
			hint: 'Give one such as https://git.example.com/team/backups.git or git@git.example.com:team/backups.git.',
		});
	}
	const { username = '', password = '' } = URL.parse(url) ?? {};
	if (password !== '' || (protocol !== 'ssh:' && username !== '')) {
		throw new ConfigurationError('There is a login in the address of the Git repository.', {
			hint: 'Take it out of the address, and fill in user and password below it.',
		});
	}
	if ((protocol === 'ssh:') !== (login.kind === 'sshKey')) {
		throw new ConfigurationError(
			protocol === 'ssh:'
				? 'The address of the Git repository is one of SSH, and there is no SSH key.'
				: 'There is an SSH key, and the address of the Git repository is none of SSH.',
			{ hint: 'Choose the login that goes with the address.' },
		);
	}
}
