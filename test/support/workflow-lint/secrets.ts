import type { Rule } from './rule';

const LOOKS_SECRET = {
	'an age identity': /AGE-SECRET-KEY-1[0-9A-Z]{20}/i,
	'an access key id': /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
	'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY/,
	'a password in an address': /:\/\/[^/\s"':@]+:[^/\s"'@]+@/,
	'a bearer token': /\b(Bearer|Basic) [A-Za-z0-9._~+/-]{16}/,
	'a token of Slack or GitHub': /\b(xox[abprs]-|gh[pousr]_)[A-Za-z0-9-]{10}/,
};

/** Blocked by default from n8n 2.0 on; what a site changes is in its settings, not around them. */
const ENVIRONMENT = /\$env\b|process\.env/;

export const holdsNoSecrets: Rule = (workflow) => {
	const text = JSON.stringify(workflow);
	return [
		...Object.entries(LOOKS_SECRET)
			.filter(([, pattern]) => pattern.test(text))
			.map(([what]) => `It seems to hold ${what}.`),
		...(ENVIRONMENT.test(text) ? ['It reads the environment of n8n.'] : []),
	];
};
