import type { IDataObject } from 'n8n-workflow';

import { createEngine, type WorkflowFile } from '../support/engine-harness';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const { 'restore-backend': shipped, settings } = shippedWorkflows() as Record<
	'restore-backend' | 'settings',
	ShippedWorkflow
>;

/** What n8n's SSH node says of a command that has ended. */
const ended = (code: number | null, stdout = '', stderr = '') => ({
	...{ code, signal: null, stdout, stderr },
});
const UP = { Service: 'backend', State: 'running', Health: 'healthy' };
const lines = (...rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n');

interface Case {
	/** Of `Settings`, by their dotted names. */
	values?: Record<string, string | number>;
	/** What the restore command comes to; an error is a login that fails. */
	deploy?: IDataObject | Error;
	reach?: IDataObject | Error;
	names?: IDataObject | Error;
	/** What each look at the services finds; the last one is found again and again. */
	looks?: (string | Error)[];
	/** What the comparison of the environment finds. */
	environment?: IDataObject;
}

async function restore({
	values = {},
	deploy = ended(0),
	reach = ended(0),
	names = ended(0, 'backend\n'),
	looks = [lines(UP)],
	environment = { state: 'same', onlyInBackup: [], onlyInCopy: [], otherValue: [] },
}: Case = {}) {
	const asked: { node: string; command: string }[] = [];
	const countOf = (name: string) => asked.filter(({ node }) => node === name).length;
	const engine = await createEngine({
		library: { drSettings: withValues(values), drCompareManagedEnv: answering(environment) },
		outside: (node, { command }) => {
			asked.push({ node, command: String(command) });
			const look = looks[Math.min(countOf('Look at the services'), looks.length) - 1] ?? '';
			const answers: Record<string, IDataObject | Error> = {
				...{ 'Reach the server': reach, 'Run the restore command': deploy },
				'Name the services': names,
				'Look at the services': look instanceof Error ? look : ended(0, look),
			};
			const answer = answers[node];
			if (answer === undefined || answer instanceof Error) throw answer ?? new Error(node);
			return answer;
		},
	});
	const workflow = structuredClone(shipped);
	// A second is the least that n8n waits between tries.
	for (const node of workflow.nodes) delete node.retryOnFail;
	const { error, output } = await engine.run(workflow);
	const summary = output('Summarise the restore')[0]?.[0]?.json ?? {};
	return { error: error?.message, summary, asked, looks: countOf('Look at the services') };
}

function withValues(values: Record<string, string | number>): WorkflowFile {
	const changed = structuredClone(settings);
	for (const { parameters } of changed.nodes) {
		const { assignments = [] } = (parameters.assignments ?? {}) as {
			assignments?: { name: string; value: unknown }[];
		};
		for (const field of assignments) field.value = values[field.name] ?? field.value;
	}
	return changed;
}

/** A workflow that answers to every call with one item. */
function answering(item: IDataObject): WorkflowFile {
	const node = { typeVersion: 1.2, position: [0, 0] as [number, number] };
	const assignments = Object.entries(item).map(([name, value]) => ({ name, value }));
	return {
		...{ id: 'answering', name: 'Answering', settings: {} },
		nodes: [
			{
				...{ ...node, id: 'a', name: 'Called', type: 'n8n-nodes-base.executeWorkflowTrigger' },
				parameters: { inputSource: 'passthrough' },
			},
			{
				...{ ...node, id: 'b', name: 'Answer', type: 'n8n-nodes-base.set', typeVersion: 3.5 },
				parameters: { assignments: { assignments } } as never,
			},
		],
		connections: { Called: { main: [[{ node: 'Answer', type: 'main', index: 0 }]] } },
	};
}

describe('Restore backend', () => {
	it('runs the command once, in its folder, and looks until the services are stable', async () => {
		const values = { 'hosts.serverFolder': "/srv/it's here", 'hosts.restoreGoodLooks': 3 };
		const { error, summary, asked, looks } = await restore({ values });
		expect(error).toBeUndefined();
		expect(summary).toMatchObject({
			...{ restored: true, command: 'finished', environment: 'same', failed: [] },
			services: [{ service: 'backend', state: 'running', health: 'healthy' }],
		});
		const folder = "cd '/srv/it'\\''s here' || exit 66\n";
		expect(asked.slice(0, 4).map(({ command }) => command)).toEqual([
			`${folder}pwd`,
			`${folder}./deploy.sh --mode restore`,
			`${folder}docker compose config --services`,
			`${folder}docker compose ps --all --format json`,
		]);
		expect(asked).toHaveLength(6);
		expect(looks).toBe(3);
	});

	it('begins to count again after a look at which something was not up', async () => {
		const starting = lines({ ...UP, Health: 'starting' });
		const { summary, looks } = await restore({
			values: { 'hosts.restoreGoodLooks': 2 },
			looks: [lines(UP), starting, new Error('The network was gone'), lines(UP)],
		});
		expect(summary).toMatchObject({ restored: true });
		expect(looks).toBe(5);
	});

	it.each<[what: string, stdout: string]>([
		['an object a line', lines(UP, { Service: 'db', State: 'running', Health: '' })],
		['one array', JSON.stringify([UP, { Service: 'db', State: 'running' }])],
		['one array over lines', JSON.stringify([UP, { Service: 'db', State: 'running' }], null, 2)],
		['empty lines between', `\n${lines(UP)}\r\n\n${lines({ Service: 'db', State: 'running' })}\n`],
		[
			'words only',
			lines(
				{ Service: 'backend', Status: 'Up 3 minutes (healthy)' },
				{ Name: 'db', Status: 'Up 2 hours' },
			),
		],
	])('understands %s', async (_what, stdout) => {
		const { error, summary } = await restore({ looks: [stdout] });
		expect(error).toBeUndefined();
		expect(summary).toMatchObject({ services: [{ service: 'backend' }, { service: 'db' }] });
	});

	it.each<[what: string, stdout: string, said: string]>([
		['is unhealthy', lines({ ...UP, Health: 'unhealthy' }), 'backend (running, unhealthy)'],
		['restarts', lines({ ...UP, State: 'restarting', Health: '' }), 'backend (restarting)'],
		[
			'has ended',
			lines({ ...UP, State: 'exited', Health: '', ExitCode: 137 }),
			'backend (exited, code 137)',
		],
		[
			'has ended well',
			lines({ ...UP, State: 'exited', Health: '', ExitCode: 0 }),
			'backend (exited, code 0)',
		],
		[
			'says so in words',
			lines({ Service: 'backend', Status: 'Up 1 minute (unhealthy)' }),
			'backend (running, unhealthy)',
		],
		[
			'still starts',
			lines({ Service: 'backend', Status: 'Up 1 minute (health: starting)' }),
			'backend (running, starting)',
		],
		['is not there', lines({ Service: 'db', State: 'running' }), 'backend (geen container)'],
		['cannot be read', `${lines(UP)}\nno JSON`, '? (?)'],
		['is cut off', '[{"Service":"backend",', '? (?)'],
	])('names a service that %s', async (_what, stdout, said) => {
		const values = { 'hosts.restoreDeadlineMinutes': 0 };
		const { error, looks } = await restore({ values, looks: [stdout] });
		expect(error).toContain(`Niet in orde: ${said}`);
		expect(looks).toBe(1);
	});

	it('finds fault where nothing runs, or nothing could be asked', async () => {
		const values = { 'hosts.restoreDeadlineMinutes': 0, 'hosts.composeServicesCommand': '' };
		const nothing = await restore({ values, looks: [''], names: ended(0) });
		expect(nothing.error).toContain('er draait geen enkele service');
		const unasked = await restore({ values, looks: [new Error('Timed out')] });
		expect(unasked.error).toContain(
			'docker compose ps --all --format json: de server is niet bereikt',
		);
		const nameless = await restore({
			values: { 'hosts.restoreDeadlineMinutes': 0 },
			names: ended(127, '', 'docker: not found'),
		});
		expect(nameless.error).toContain('docker compose config --services: docker: not found');
	});

	it('lets a service end that is meant to, if it ended well', async () => {
		const migrate = { Service: 'migrate', State: 'exited', Health: '', ExitCode: 0 };
		const values = { 'hosts.oneShotServices': 'other, migrate', 'hosts.restoreDeadlineMinutes': 0 };
		const one = { values: { ...values, 'hosts.restoreGoodLooks': 1 } };
		expect((await restore({ ...one, looks: [lines(UP, migrate)] })).error).toBeUndefined();
		const failed = await restore({ ...one, looks: [lines(UP, { ...migrate, ExitCode: 1 })] });
		expect(failed.error).toContain('Niet in orde: migrate (exited, code 1).');
	});

	it.each<[what: string, deploy: IDataObject | Error]>([
		['the connection is lost', ended(null)],
		['the connection breaks with an error', { error: 'read ECONNRESET' }],
		['the second login fails', new Error('Too many logins')],
		['the command was ended by a signal', { ...ended(null), signal: 'KILL' }],
	])('calls the outcome unknown when %s, looks, and fails all the same', async (_what, deploy) => {
		const { error, summary, asked } = await restore({ deploy });
		expect(summary).toMatchObject({ restored: false, command: 'unknown', environment: 'same' });
		expect(summary.services).toHaveLength(1);
		expect(error).toContain('is onbekend: kijk eerst');
		expect(asked.filter(({ node }) => node === 'Run the restore command')).toHaveLength(1);
	});

	it('does not look any further when the command has failed', async () => {
		const { error, summary, looks } = await restore({ deploy: ended(2, '', 'no space left') });
		expect(summary).toMatchObject({ command: 'failed', exitCode: 2, environment: 'not checked' });
		expect(error).toMatch(
			/^Het herstelcommando eindigde met code 2\..*\n\nMet de hand verder:\nssh 147\.93\.57\.40\ncd \/srv\/mr-dj\ndocker compose ps --all --format json\n\.\/deploy\.sh --mode restore$/,
		);
		expect(looks).toBe(0);
	});

	it.each<[what: string, reach: IDataObject | Error, said: string]>([
		['the server', new Error('connect ECONNREFUSED'), 'de server is niet bereikt'],
		['a session', { error: 'read ECONNRESET' }, 'read E-CONNRESET'],
		['the folder', ended(66, '', "cd: can't cd to /srv/mr-dj"), "can't cd to /srv/mr-dj"],
	])('starts nothing when it does not reach %s', async (_what, reach, said) => {
		const { error, summary, asked } = await restore({ reach });
		expect(summary).toMatchObject({ restored: false, command: 'not started' });
		expect(error).toContain('Het herstelcommando is niet gestart');
		expect(error).toContain(said);
		expect(asked).toHaveLength(1);
	});

	it('fails where names of the backup are missing on the server, and tells other values', async () => {
		const environment = {
			...{ state: 'different', onlyInBackup: ['SMTP_PASSWORD'] },
			...{ onlyInCopy: ['NEW'], otherValue: ['PORT'] },
		};
		const missing = await restore({ environment });
		expect(missing.error).toContain('In managed.env op de server ontbreken: SMTP_PASSWORD.');
		const other = await restore({ environment: { ...environment, onlyInBackup: [] } });
		expect(other.error).toBeUndefined();
		expect(other.summary).toMatchObject({ addedNames: ['NEW'], changedNames: ['PORT'] });
		const unchecked = await restore({ environment: { state: 'failed', reason: 'No such file' } });
		expect(unchecked.error).toContain(
			'niet worden vergeleken met de nieuwste back-up: No such file',
		);
	});
});
