import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { createEngine } from '../support/engine-harness';
import { createNetlify, type Netlify } from '../support/netlify';
import { type NetlifyReached, reachNetlify } from '../support/netlify/asked-in-process';
import { everythingBelow } from '../support/repository/files-below';
import { settingsWith, type SettingsValues } from '../support/settings-with';
import { withoutRetries } from '../support/without-retries';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const { 'archive-netlify-deploy': shipped } = shippedWorkflows() as Record<
	'archive-netlify-deploy',
	ShippedWorkflow
>;
const FILES = {
	'/index.html': '<h1>Mister DJ</h1>',
	'/assets/index.html': 'another page of the same name',
	'/foto’s/dj #1.bin': Buffer.from(Uint8Array.from({ length: 70_001 }, (_one, at) => at * 13)),
	'/_redirects': '/* /index.html 200',
};
const FALLBACK = 'https://fallback.example/';
const WEBHOOK = 'When a deploy has succeeded';

let folder: string;
let netlify: Netlify;
let reached: NetlifyReached;
let live: string;
let page: string;
let fallback: { statusCode: number; text: string };

beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), 'dr-archive-'));
	netlify = createNetlify();
	live = netlify.site.add({ files: FILES });
	page = netlify.site.add({ files: { '/index.html': 'back soon' } });
	netlify.site.publish(live);
	reached = await reachNetlify(netlify);
	fallback = { statusCode: 200, text: '<title>Mister DJ</title>' };
});

afterEach(async () => {
	await reached.stop();
	rmSync(folder, { recursive: true, force: true });
	expect(netlify.refused).toEqual([]);
});

interface Run {
	values?: SettingsValues;
	startAt?: string;
	/** What comes in by the start. */
	json?: IDataObject;
	/** What the signature of a webhook says; without it none is valid. */
	payload?: IDataObject;
	deactivated?: string;
}

async function run({ values = {}, startAt, json, payload, deactivated }: Run = {}) {
	const engine = await createEngine({
		library: {
			drSettings: settingsWith({
				...{ 'netlify.siteId': netlify.site.id, 'netlify.maintenanceDeployId': page },
				...{ 'netlify.fallbackUrl': FALLBACK, 'netlify.fallbackText': 'Mister DJ' },
				...values,
			}),
		},
		credentials: {
			'Backup repository': { storage: 'directory', directory: folder, encryption: 'none' },
		},
		outside: async (node, parameters) => {
			if (parameters.url === FALLBACK) return fallback;
			if (node !== 'Check the signature') return await reached.ask(node, parameters);
			if (payload) return { payload };
			throw new Error('invalid signature');
		},
	});
	const workflow = withoutRetries(shipped);
	for (const node of workflow.nodes) node.disabled = node.name === deactivated;
	const { status, error, output } = await engine.run(workflow, {
		...(startAt !== undefined && { startAt, mode: 'webhook' }),
		...(json && { items: [{ json }] }),
	});
	const summary = output('Summarise the run')[0]?.[0]?.json;
	return { status, error: error?.message, summary, output };
}

/** The backups of the site, and the files in the newest of them as unzip sees them. */
function archives(): { backups: string[]; comment: string; files: string[] } {
	const backups = readdirSync(join(folder, 'file/netlify-site')).sort();
	const newest = join(folder, 'file/netlify-site', backups.at(-1)!);
	const payload = everythingBelow(newest).find((name) => name.endsWith('.zst'))!;
	const zip = join(folder, 'newest.zip');
	writeFileSync(zip, execFileSync('zstd', ['-dqc', join(newest, payload)]));
	const environment = { env: { ...process.env, LC_ALL: 'C.UTF-8' }, encoding: 'utf8' as const };
	return {
		backups,
		comment: execFileSync('unzip', ['-zq', zip], environment),
		files: execFileSync('unzip', ['-Z1', zip], environment).trim().split('\n'),
	};
}

describe('Archive Netlify deploy', () => {
	it('keeps the files of the published deploy, each as Netlify lists it, once', async () => {
		const { error, summary } = await run();
		expect(error).toBeUndefined();
		expect(summary).toMatchObject({
			...{ succeeded: true, off: [], failed: [] },
			inOrder: ['Archief van de site', 'Onderhoudspagina', 'Fallback build'],
			parts: [
				{ outcome: 'made', deployId: live, files: 4, verified: 'readable', warnings: [] },
				{ outcome: 'checked', deployId: page },
				{ outcome: 'checked', url: FALLBACK },
			],
		});
		const first = archives();
		expect(first.files).toEqual(
			Object.keys(FILES)
				.map((path) => path.slice(1))
				.sort(),
		);
		expect(first.comment).toContain(`Netlify deploy ${live} of mr-dj-site`);

		const { summary: second } = await run();
		expect(second).toMatchObject({ succeeded: true, parts: [{ outcome: 'same' }, {}, {}] });
		const { summary: third } = await run({ values: { 'netlify.maintenanceDeployId': '' } });
		expect(third).toMatchObject({ succeeded: true, off: ['Onderhoudspagina'] });
		expect(archives().backups).toEqual(first.backups);
	});

	it('keeps the last good deploy while the maintenance page is on, and no preview', async () => {
		netlify.site.publish(page);
		netlify.site.lock(page, true);
		netlify.site.add({ files: { '/a': 'never published' } });
		netlify.site.add({ files: { '/b': 'a preview' }, context: 'deploy-preview' });
		const { summary } = await run();
		expect(summary).toMatchObject({ parts: [{ outcome: 'made', deployId: live }, {}, {}] });
	});

	it.each<[string, () => unknown, failed: RegExp]>([
		[
			'a file that is not as listed',
			() => netlify.disturb(/files\/assets/, 'gives other bytes'),
			/^Archief van de site \(The SHA-1 is not the expected one: \/assets\/index\.html\)$/,
		],
		[
			'a file that cannot be had',
			() => netlify.disturb(/files\/_redirects/, 'is out of order'),
			/^Archief van de site \(500 - .*\)$/,
		],
		[
			'a list that cannot be had',
			() => netlify.disturb(/files\?/, 'is out of order'),
			/^Archief van de site \(500 - .*\)$/,
		],
		[
			'a rate limit',
			() => netlify.allow({ calls: 4, windowMs: 60_000 }),
			/^Archief van de site \(429 - .*rate limit.*\); Onderhoudspagina \(429 .*\)$/,
		],
		[
			'a site without a deploy',
			() => netlify.site.lose(live),
			/^Archief van de site \(de site heeft geen gepubliceerde deploy die klaar is\)$/,
		],
		['a repository that cannot be used', () => writeFileSync(join(folder, 'file'), ''), /^Archief/],
		[
			'a maintenance deploy that is gone',
			() => netlify.site.lose(page),
			/^Onderhoudspagina \(404 - .*\)$/,
		],
		[
			'a maintenance deploy that is not ready',
			() => Object.assign(netlify.site.find(page)!, { state: 'error' }),
			/^Onderhoudspagina \(de deploy is niet klaar: error\)$/,
		],
		[
			'a fallback with another status',
			() => (fallback.statusCode = 204),
			/^Fallback build \(antwoord 204, of zonder de tekst "Mister DJ"\)$/,
		],
		[
			'a fallback without the text',
			() => (fallback.text = 'Site not found'),
			/^Fallback build \(antwoord 200, of zonder de tekst "Mister DJ"\)$/,
		],
	])('fails for %s, and looks at the other parts all the same', async (_name, spoil, failed) => {
		spoil();
		const { status, error, summary } = await run();
		expect(status).toBe('error');
		const { failed: told, inOrder } = summary as { failed: string[]; inOrder: string[] };
		expect(told.join('; ')).toMatch(failed);
		expect(told.length + inOrder.length).toBe(3);
		expect(error).toBe(
			`Netlify – niet in orde: ${told.join('; ')}. Wel in orde: ${inOrder.join(', ')}.`,
		);
	});

	it('names all parts when Netlify does not know the token', async () => {
		netlify.disturb(/./, 'is out of order');
		fallback.statusCode = 502;
		const { error } = await run();
		expect(error).toMatch(/Archief.+; Onderhoudspagina.+; Fallback.+\. Wel in orde: geen\.$/);
		expect(netlify.calls).toHaveLength(2);
	});

	it('says that it is off without a site', async () => {
		const { status, output, summary } = await run({ values: { 'netlify.siteId': '' } });
		expect(status).toBe('success');
		expect(output('Say that it is off')[0]?.[0]?.json).toMatchObject({
			message: 'Uit: er staat geen netlify.siteId in de instellingen',
		});
		expect([summary, netlify.calls]).toEqual([undefined, []]);
	});

	const announced = { headers: {}, body: { id: 'anything', payload: { iss: 'netlify' } } };

	it('runs for what Netlify has signed, and uses nothing of what was sent', async () => {
		const { summary } = await run({
			startAt: WEBHOOK,
			json: announced,
			payload: { iss: 'netlify' },
		});
		expect(summary).toMatchObject({ parts: [{ outcome: 'made', deployId: live }, {}, {}] });
	});

	it.each<[string, Partial<Run>]>([
		['without a valid signature', {}],
		['signed for somebody else', { payload: { iss: 'other' } }],
		['when the node that checks is deactivated', { deactivated: 'Check the signature' }],
	])('does nothing for a call %s', async (_name, given) => {
		const { status } = await run({ startAt: WEBHOOK, json: announced, ...given });
		expect(status).toBe('success');
		expect(netlify.calls).toEqual([]);
	});
});
