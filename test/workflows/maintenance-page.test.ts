import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { createEngine, type Engine } from '../support/engine-harness';
import { createNetlify, type Netlify } from '../support/netlify';
import { type NetlifyReached, reachNetlify } from '../support/netlify/asked-in-process';
import { settingsWith } from '../support/settings-with';
import { withoutRetries } from '../support/without-retries';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const { 'maintenance-page': shipped } = shippedWorkflows() as Record<
	'maintenance-page',
	ShippedWorkflow
>;
const BY_HAND =
	'curl -X POST -H "Authorization: Bearer $NETLIFY_TOKEN" https://api.netlify.com/api/v1';

let folder: string;
let netlify: Netlify;
let reached: NetlifyReached;
let engine: Engine;
let live: string;
let page: string;

beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), 'dr-maintenance-'));
	netlify = createNetlify();
	const { site } = netlify;
	live = site.add({ files: { '/index.html': 'the site' } });
	page = site.add({ files: { '/index.html': 'back soon' } });
	site.publish(live);
	reached = await reachNetlify(netlify);
	engine = await engineFor({ 'netlify.siteId': site.id, 'netlify.maintenanceDeployId': page });
});

afterEach(async () => {
	await reached.stop();
	rmSync(folder, { recursive: true, force: true });
	expect(netlify.refused).toEqual([]);
});

async function engineFor(values: Record<string, string>): Promise<Engine> {
	return await createEngine({
		library: { drSettings: settingsWith(values) },
		outside: reached.ask,
		credentials: {
			'Backup repository': { storage: 'directory', directory: folder, encryption: 'none' },
		},
	});
}

/** Calls it as another workflow does. */
async function turn(action: string, with_ = engine) {
	const { status, error, output } = await with_.run(withoutRetries(shipped), {
		startAt: 'Called by another workflow',
		items: [{ json: { action } }],
		mode: 'integrated',
	});
	const summary = output('Summarise the change')[0]?.[0]?.json as IDataObject | undefined;
	return { status, error: error?.message, summary };
}

/** The calls that change something. */
const changes = () => netlify.calls.filter((call) => call.startsWith('POST'));
const seen = () => netlify.site.published();

describe('Maintenance page', () => {
	it.each([true, false])('goes on and off, and the lock is as it was: %s', async (locked) => {
		netlify.site.lock(live, locked);
		expect((await turn('on')).summary).toEqual({
			...{ action: 'on', changed: true, publishedDeployId: page, locked: true },
			...{ deployBefore: live, lockedBefore: locked },
			message: `De onderhoudspagina staat aan: bezoekers zien deploy ${page}.`,
		});
		expect(seen()).toEqual({ id: page, locked: true });
		expect((await turn('off')).summary).toMatchObject({
			...{ action: 'off', changed: true, publishedDeployId: live, locked },
			message: `De onderhoudspagina staat uit: bezoekers zien deploy ${live}.`,
		});
		expect(seen()).toEqual({ id: live, locked });
	});

	it('touches nothing the second time, and does not forget the site for its own page', async () => {
		await turn('on');
		netlify.calm();
		expect((await turn('on')).summary).toMatchObject({ changed: false, publishedDeployId: page });
		expect(changes()).toEqual([]);
		await turn('off');
		expect(seen()).toEqual({ id: live, locked: false });
		netlify.calm();
		expect((await turn('off')).summary).toMatchObject({ changed: false, publishedDeployId: live });
		expect(changes()).toEqual([]);
	});

	it('is off where it never was on, and leaves what somebody published by hand', async () => {
		expect((await turn('off')).summary).toMatchObject({ changed: false, publishedDeployId: live });
		await turn('on');
		const other = netlify.site.add({ files: { '/index.html': 'mended' } });
		netlify.site.lock(page, false);
		netlify.site.publish(other);
		netlify.site.lock(other, true);
		expect((await turn('off')).summary).toMatchObject({ changed: false, publishedDeployId: other });
		expect(seen()).toEqual({ id: other, locked: true });
	});

	it('goes on where it broke off: locked once it is published, and locked again at the end', async () => {
		netlify.site.lock(live, true);
		netlify.disturb(/lock$/, 'is out of order', 2);
		expect((await turn('on')).error).toContain('500');
		expect(seen()).toEqual({ id: live, locked: true });
		netlify.calm();
		netlify.disturb(/\/lock$/, 'is out of order', 1);
		expect((await turn('on')).status).toBe('error');
		expect(seen()).toEqual({ id: page, locked: false });
		expect((await turn('on')).summary).toMatchObject({ changed: true, locked: true });

		netlify.disturb(/\/lock$/, 'is out of order', 1);
		expect((await turn('off')).status).toBe('error');
		expect(seen()).toEqual({ id: live, locked: false });
		expect((await turn('off')).summary).toMatchObject({ changed: true, locked: true });
		expect(seen()).toEqual({ id: live, locked: true });
	});

	it('remembers a lock that it had taken away before it broke off', async () => {
		netlify.site.lock(live, true);
		netlify.disturb(/restore$/, 'is out of order', 1);
		expect((await turn('on')).status).toBe('error');
		expect(seen()).toEqual({ id: live, locked: false });
		await turn('on');
		await turn('off');
		expect(seen()).toEqual({ id: live, locked: true });
	});

	it('takes no maintenance page for the site, also where another one was chosen since', async () => {
		netlify.site.lock(live, true);
		await turn('on');
		const better = netlify.site.add({ files: { '/index.html': 'back at noon' } });
		const values = { 'netlify.siteId': netlify.site.id, 'netlify.maintenanceDeployId': better };
		const changed = await engineFor(values);
		netlify.disturb(/restore$/, 'is out of order', 1);
		expect((await turn('on', changed)).status).toBe('error');
		expect(seen()).toEqual({ id: page, locked: false });
		await turn('on', changed);
		expect(seen()).toEqual({ id: better, locked: true });
		netlify.disturb(/\/lock$/, 'is out of order', 1);
		expect((await turn('off', changed)).status).toBe('error');
		expect((await turn('off', changed)).summary).toMatchObject({ publishedDeployId: live });
		expect(seen()).toEqual({ id: live, locked: true });

		await turn('on');
		expect((await turn('off', changed)).summary).toMatchObject({ publishedDeployId: live });
		expect(seen()).toEqual({ id: live, locked: true });
	});

	it('says what to do by hand where Netlify fails, with what visitors saw', async () => {
		netlify.site.lock(live, true);
		netlify.disturb(/restore$/, 'is out of order');
		const { error } = await turn('on');
		expect(error).toContain('De onderhoudspagina is niet op "on" gezet: 500');
		expect(error).toContain(`Bezoekers zagen bij het begin deploy ${live} (vergrendeld).`);
		expect(error?.split('\n').slice(-3)).toEqual([
			`${BY_HAND}/deploys/${live}/unlock`,
			`${BY_HAND}/sites/${netlify.site.id}/deploys/${page}/restore`,
			`${BY_HAND}/deploys/${page}/lock`,
		]);
		netlify.calm();
		await turn('on');
		netlify.disturb(/^POST/, 'is out of order');
		expect((await turn('off')).error?.split('\n').slice(-3)).toEqual([
			`${BY_HAND}/deploys/${page}/unlock`,
			`${BY_HAND}/sites/${netlify.site.id}/deploys/${live}/restore`,
			`${BY_HAND}/deploys/${live}/lock`,
		]);
		netlify.disturb(/sites/, 'is out of order');
		const { error: blind } = await turn('off');
		expect(blind).toContain('Bezoekers zagen bij het begin deploy onbekend.');
		expect(blind).toContain(`${BY_HAND}/deploys/${page}/unlock\n`);
		expect(blind).toContain('<id van de deploy');
	});

	it('touches nothing where the target is gone or not ready, or the memory is lost', async () => {
		const broken = netlify.site.add({ files: {}, state: 'error' });
		const values = { 'netlify.siteId': netlify.site.id, 'netlify.maintenanceDeployId': broken };
		const { error } = await turn('on', await engineFor(values));
		expect(error).toContain('de deploy is niet klaar: error');
		netlify.site.lose(broken);
		expect((await turn('on', await engineFor(values))).error).toContain('404');
		expect(changes()).toEqual([]);

		await turn('on');
		rmSync(join(folder, 'file'), { recursive: true });
		netlify.calm();
		expect((await turn('off')).error).toContain(
			'The repository has no file backup named netlify-before-maintenance.',
		);
		expect(changes()).toEqual([]);
		expect(seen()).toEqual({ id: page, locked: true });
	});

	it('publishes nothing where the repository cannot remember', async () => {
		rmSync(folder, { recursive: true });
		writeFileSync(folder, 'no folder');
		expect((await turn('on')).error).toContain(`Bezoekers zagen bij het begin deploy ${live}.`);
		expect(changes()).toEqual([]);
	});

	it.each([
		['maybe', {}],
		['on', { 'netlify.siteId': '' }],
		['off', { 'netlify.maintenanceDeployId': '' }],
	])('refuses "%s" with %j', async (action, missing) => {
		const values = { 'netlify.siteId': netlify.site.id, 'netlify.maintenanceDeployId': page };
		const { error } = await turn(action, await engineFor({ ...values, ...missing }));
		expect(error).toContain('The maintenance page was not touched');
		expect(netlify.calls).toEqual([]);
	});

	it('is turned on by hand as the node says', async () => {
		const { status } = await engine.run(withoutRetries(shipped));
		expect(status).toBe('success');
		expect(seen()).toEqual({ id: page, locked: true });
	});
});
