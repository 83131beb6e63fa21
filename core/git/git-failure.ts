import {
	type DisasterRecoveryError,
	ConfigurationError,
	ConnectionError,
	StoreError,
} from '../errors';

const KINDS: readonly [
	RegExp,
	string,
	new (message: string, options: { hint: string }) => DisasterRecoveryError,
	string,
][] = [
	[
		/Host key verification failed/i,
		'The Git server is none of the known hosts.',
		ConnectionError,
		'See whether the server has got a new key, then put the line of ssh-keyscan into the known hosts of the credential.',
	],
	[
		/Authentication failed|could not read Username|terminal prompts disabled|Permission denied|returned error: (401|403)|invalid format|error in libcrypto/i,
		'The Git server refused the login.',
		ConnectionError,
		'Check user and password or key in the credential, and that they may write to this repository.',
	],
	[
		/not found|does not exist|does not appear to be a git repository|returned error: 404/i,
		'There is no such Git repository, or the login may not see it.',
		ConfigurationError,
		'Check the address in the credential.',
	],
	[
		/Could not resolve host|Connection refused|Failed to connect|timed out|unreachable|Couldn't connect|early EOF|hung up|Connection (closed|reset)|returned error: 5\d\d|unable to access|low speed|Could not read from remote/i,
		'The Git server cannot be reached.',
		ConnectionError,
		'Check the address, the server and the way to it. The next run makes up for this one.',
	],
	[
		/No space left|Disk quota exceeded/i,
		'There is no room on the disk for what is fetched from the Git repository.',
		StoreError,
		'Make room on the disk of n8n, or of the Git server where its words say so.',
	],
	[
		/remote rejected|pre-receive hook declined|protected branch/i,
		'The Git server does not take what is pushed.',
		StoreError,
		'Let the login write to this branch, or choose another branch.',
	],
];

/** An error in the words of Git becomes one for people; what Git said is at its end. */
export function explainFailure(words: string): DisasterRecoveryError {
	const said = lastWords(words);
	const [, message, Kind, hint] = KINDS.find(([pattern]) => pattern.test(words)) ?? [
		/./,
		'Git did not succeed.',
		StoreError,
		'Read what Git says, mend the cause, then run it again.',
	];
	return new Kind(said === '' ? message : `${message} Git says: ${said}`, { hint });
}

/** The lines that tell why, on one line; a sentence. */
function lastWords(words: string): string {
	const lines = words
		.split('\n')
		.map((line) => line.replace(/^(fatal|error|remote|!)[:\s]\s*/i, '').trim())
		.filter(
			(line) =>
				line !== '' && !/^(hint:|To |Done$|Please make sure|and the repository exists)/.test(line),
		);
	const said = lines.slice(-3).join(' ').slice(0, 400);
	return said === '' || /[.!?]$/.test(said) ? said : `${said}.`;
}
