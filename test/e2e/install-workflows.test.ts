import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { failureOf, outputOf, type Workflow } from '../support/n8n/n8n-client';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;
const SHIPPED = readdirSync(join(__dirname, '../../workflows'));
const SCOPES = [
	...['workflow:create', 'workflow:list', 'workflow:read', 'workflow:update', 'workflow:activate'],
	...['credential:list', 'tag:list', 'tag:create', 'workflowTags:update'],
];

let stage: Stage;
let key: string;

beforeAll(async () => {
	stage = await setStage({ bare: true });
	key = await stage.n8n.client.createApiKey(SCOPES);
}, START_LIMIT_MS);

afterAll(async () => {
	await stage?.clear();
});

/** Runs the command of the package as it lies in n8n's folder, as `npx` would. */
async function install(...flags: string[]): Promise<{ code: number; lines: string[] }> {
	const program = join(
		stage.n8n.folder,
		'.n8n/nodes/node_modules/n8n-nodes-disaster-recovery/dist/cli/main.js',
	);
	const args = [program, 'install-workflows', '--url', stage.n8n.url, ...flags];
	return await new Promise((resolve, reject) => {
		execFile(
			process.execPath,
			args,
			{ env: { PATH: process.env['PATH'], N8N_API_KEY: key }, timeout: 120_000 },
			(error, stdout, stderr) => {
				const code = error ? error.code : 0;
				if (typeof code !== 'number' || stderr !== '') reject(error ?? new Error(stderr));
				else resolve({ code, lines: stdout.trim().split('\n') });
			},
		);
	});
}

type Listed = Pick<Workflow, 'id' | 'name'> & { active: boolean; versionId: string };

async function listed(): Promise<Listed[]> {
	const all = await stage.n8n.client.editor<Listed[]>('GET', 'workflows');
	return all.map(({ id, name, active, versionId }) => ({ id, name, active, versionId }));
}
async function named(name: string): Promise<Listed> {
	const found = (await listed()).filter((workflow) => workflow.name === name);
	expect(found).toHaveLength(1);
	return found[0]!;
}

test('the workflows come in, whole and published, and stay what somebody makes of them', async () => {
	const { client } = stage.n8n;
	const fewer = stage.credentials.filter(({ name }) => !['Redis server', 'Slack'].includes(name));
	await stage.n8n.importCredentials(fewer);

	const first = await install();
	expect(first.code).toBe(3);
	expect(first.lines).toEqual(
		expect.arrayContaining([
			'Back up Postgres: created, published now.',
			'Restore Postgres: created, published now.',
			'Back up Redis: created, NOT published, credentials are missing.',
			expect.stringMatching(
				/^Missing: a credential named "Redis server" of the type drRedisServerApi\. Needed by: .*Back up Redis/,
			),
			expect.stringMatching(/^Missing: a credential named "Slack" of the type slackApi\./),
			'Or do without: add --without slackApi to the command.',
			'Then run this command again.',
		]),
	);
	expect(await listed()).toHaveLength(SHIPPED.length);
	// By their tags, for the ids are new, the pause of all triggers knows what it must not pause.
	const tagged = await client.editor<{ tags: { name: string }[] }[]>('GET', 'workflows');
	for (const { tags } of tagged) {
		expect(tags.map(({ name }) => name)).toContain('disaster recovery');
	}
	expect((await named('Back up Postgres')).active).toBe(true);
	expect((await named('Back up Redis')).active).toBe(false);

	// Without Slack its node is deactivated, and the rest goes to work, with what waits for it.
	expect(first.lines).toEqual(
		expect.arrayContaining([
			'Tell people: created, NOT published, credentials are missing.',
			'Report errors: created, NOT published, it calls others that are not.',
			expect.stringMatching(/^Not published: "Tell people"\. Called by: .*Report errors/),
		]),
	);
	const withoutSlack = await install('--without', 'slackApi');
	expect(withoutSlack.lines).toEqual(
		expect.arrayContaining([
			'Tell people: completed, published now.',
			'Report errors: as it was, published now.',
			'Left out: "Tell Slack" is deactivated in Tell people.',
		]),
	);
	const again = await install('--without', 'slackApi');
	expect(again.lines).toContain('Report errors: as it was, published already.');
	const tellPeople = await client.workflow((await named('Tell people')).id);
	expect(tellPeople.nodes.filter(({ disabled }) => disabled).map(({ name }) => name)).toEqual([
		'Tell Slack',
	]);
	await expect(install('--without', 'drRedisServerApi')).rejects.toThrow(/Nothing can be left out/);

	await stage.n8n.importCredentials(
		stage.credentials.filter(({ name }) => name === 'Redis server'),
	);
	const second = await install();
	expect(second).toMatchObject({ code: 0 });
	expect(second.lines).toEqual(
		expect.arrayContaining([
			'Back up Postgres: as it was, published already.',
			'Back up Redis: completed, published now.',
		]),
	);

	// What somebody has switched off, renamed or changed stays so.
	const redis = await named('Back up Redis');
	await client.unpublish(redis.id);
	await client.editor('PATCH', `workflows/${redis.id}`, { name: 'Our own Redis backup' });
	const before = await listed();
	const third = await install();
	expect(third.code).toBe(0);
	expect(third.lines).toContain('Our own Redis backup: as it was, not published, left as it was.');
	expect(third.lines.filter((line) => !line.includes(': as it was, '))).toEqual([]);
	expect(await listed()).toEqual(before);

	// Each refers to the others and to its credentials by what they are called here.
	await stage.redis.admin().set('one', 'key');
	const run = await client.finished(await client.run(redis.id));
	if (run.status !== 'success') throw new Error(failureOf(run));
	expect(outputOf(run, 'Summarise the run')).toHaveLength(1);
	const { settings } = (await client.workflow(redis.id)) as {
		settings?: { errorWorkflow?: string };
	};
	expect(settings?.errorWorkflow).toBe((await named('Report errors')).id);

	const fourth = await install('--overwrite');
	expect(fourth.lines).toContain('Back up Postgres: as it was, published already.');
	expect((await named('Back up Postgres')).active).toBe(true);
	expect((await named('Our own Redis backup')).active).toBe(false);

	// What others call is missed when somebody has switched it off, by the name that it has now.
	const settingsId = (await named('Settings')).id;
	await client.unpublish(settingsId);
	await client.editor('PATCH', `workflows/${settingsId}`, { name: 'Our own settings' });
	const fifth = await install();
	expect(fifth.code).toBe(3);
	expect(fifth.lines).toEqual(
		expect.arrayContaining([
			'Our own settings: as it was, not published, left as it was.',
			'Tell people: as it was, published already.',
			expect.stringMatching(
				/^Not published: "Our own settings"\. Called by: Tell people, Report errors, /,
			),
		]),
	);
	await client.publish(settingsId);
	expect((await install()).code).toBe(0);

	// What somebody has archived is made anew, and those that called it call the new one.
	const archivedId = (await named('Tell people')).id;
	await client.editor('POST', `workflows/${archivedId}/archive`, {});
	const sixth = await install('--without', 'slackApi');
	expect(sixth.code).toBe(0);
	expect(sixth.lines).toEqual(
		expect.arrayContaining([
			'Tell people: created, published now.',
			'Report errors: completed, published now.',
			'Watch platform: completed, published now.',
		]),
	);
	const { nodes } = await client.workflow((await named('Report errors')).id);
	const anew = (await listed()).find(({ name, id }) => name === 'Tell people' && id !== archivedId);
	expect(nodes.find(({ name }) => name === 'Tell people')?.parameters['workflowId']).toMatchObject({
		value: anew?.id,
	});
}, 240_000);
