import { parseOptions } from '../arguments';
import type { Surroundings } from '../command';
import { EXIT } from '../exit-code';
import { UsageError } from '../usage-error';
import { installWorkflows, type Outcome } from './install';
import { environmentOf } from './link';
import { N8nApi } from './n8n-api';
import { readShippedWorkflows } from './shipped-workflows';

export const usage = `install-workflows --url <address of n8n> [--overwrite] [--without slackApi,…]

  Brings the workflows of this package into n8n, resolves their credentials by name and publishes
  what is complete. May be run again and again: it only adds what is missing.

  --url        where the editor opens, e.g. https://n8n.example.com
  --overwrite  also gives workflows that are there the content of this package
  --without    deactivates what a credential is for that you do not have: slackApi and smtp tell
               people, jwtAuth and httpHeaderAuth check who calls a webhook, and without them no call
               is let in, n8nApi looks up whether scheduled workflows have run, and pauses and resumes
               workflows in an incident, drGitRepositoryApi keeps the workflows of n8n in Git,
               sshPrivateKey reaches the server, httpBearerAuth 1Password, notionApi makes a page
               of a post-mortem; staging and clone are for all credentials whose names end so, which
               only drills use
  N8N_API_KEY  environment variable with a key from Settings → n8n API

  Example:
  npx n8n-nodes-disaster-recovery install-workflows --url https://n8n.example.com`;

/**
 * People are told by any of these that is there, what a webhook starts also runs by the clock, backups
 * have an age without n8n's runs, what goes to Git is in the repository too, and what comes over SSH
 * may lie in a shared folder; a post-mortem is a file without a page, and drills need an environment
 * beside production; the other credentials are what a backup is made with.
 */
const OPTIONAL = [
	...['slackApi', 'smtp', 'jwtAuth', 'n8nApi', 'drGitRepositoryApi'],
	...['httpHeaderAuth', 'httpBearerAuth', 'sshPrivateKey', 'notionApi', 'staging', 'clone'],
];

const PUBLICATIONS: Record<Outcome['publication'], string> = {
	'published now': 'published now',
	'published already': 'published already',
	'none needed': 'started by hand',
	withheld: 'NOT published, credentials are missing',
	waiting: 'NOT published, it calls others that are not',
	off: 'not published, left as it was',
	outdated: 'NOT published again, its draft holds other changes: look at it, then publish it',
};

/** Resolves with `EXIT.unfinished` where something is left to do. */
export async function run(
	args: string[],
	{ env, print }: Pick<Surroundings, 'env' | 'print'>,
): Promise<number> {
	const values = parseOptions(args, {
		url: { type: 'string' },
		overwrite: { type: 'boolean' },
		without: { type: 'string', multiple: true },
	});
	const without = typesIn(values.without ?? []);
	const api = new N8nApi(addressOf(values.url), keyIn(env));
	const outcomes: Outcome[] = [];
	await installWorkflows(api, await readShippedWorkflows(), {
		overwrite: values.overwrite ?? false,
		without,
		onOutcome: (outcome) => {
			outcomes.push(outcome);
			const { name, content, publication, leftOut } = outcome;
			print(`${name}: ${content}, ${PUBLICATIONS[publication]}.`);
			for (const node of leftOut) print(`Left out: "${node}" is deactivated in ${name}.`);
		},
	});
	const missing = missingIn(outcomes);
	for (const [credential, names] of missing) print(`${credential} Needed by: ${names.join(', ')}.`);
	for (const type of optionalIn(outcomes)) {
		print(`Or do without: add --without ${type} to the command.`);
	}
	for (const [called, names] of waitingIn(outcomes)) {
		print(`Not published: "${called}". Called by: ${names.join(', ')}.`);
	}
	const isWhole = outcomes.every(({ publication, missing: some, waitsFor }) => {
		return some.length === 0 && waitsFor.length === 0 && publication !== 'outdated';
	});
	if (!isWhole) print('Then run this command again.');
	return isWhole ? EXIT.done : EXIT.unfinished;
}

function missingIn(outcomes: readonly Outcome[]): Map<string, string[]> {
	return byCause(outcomes, ({ missing }) =>
		missing.map(({ type, name }) => `Missing: a credential named "${name}" of the type ${type}.`),
	);
}

function waitingIn(outcomes: readonly Outcome[]): Map<string, string[]> {
	return byCause(outcomes, ({ waitsFor }) => waitsFor);
}

/** Names of the workflows that share a cause, each once. */
function byCause(
	outcomes: readonly Outcome[],
	causesOf: (outcome: Outcome) => readonly string[],
): Map<string, string[]> {
	const found = new Map<string, string[]>();
	for (const outcome of outcomes) {
		for (const cause of new Set(causesOf(outcome))) {
			found.set(cause, [...(found.get(cause) ?? []), outcome.name]);
		}
	}
	return found;
}

function optionalIn(outcomes: readonly Outcome[]): string[] {
	const missing = outcomes.flatMap((outcome) => outcome.missing);
	const found = new Set(missing.map(({ type, name }) => environmentOf(name) ?? type));
	return OPTIONAL.filter((one) => found.has(one));
}

function typesIn(values: readonly string[]): Set<string> {
	const types = values.flatMap((value) => value.split(',')).map((type) => type.trim());
	const unknown = types.find((type) => !OPTIONAL.includes(type));
	if (unknown === undefined) return new Set(types);
	throw new UsageError(`Nothing can be left out that needs "${unknown}".`, {
		hint: `--without takes types of credentials or environments, separated by commas: ${OPTIONAL.join(',')}.`,
	});
}

function addressOf(text: string | undefined): URL {
	const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
	if (url && /^https?:$/.test(url.protocol)) return url;
	throw new UsageError('The address of n8n is missing or is none.', {
		hint: 'Add it, for example: --url https://n8n.example.com',
	});
}

function keyIn({ N8N_API_KEY: key }: Surroundings['env']): string {
	if (key !== undefined && key.trim() !== '') return key.trim();
	throw new UsageError('There is no API key in the environment variable N8N_API_KEY.', {
		hint: 'Make one in n8n, Settings → n8n API, then: read -rs N8N_API_KEY && export N8N_API_KEY',
	});
}
