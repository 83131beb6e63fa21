import { createEngine, type WorkflowFile } from '../support/engine-harness';
import { MAIN, QueueLab } from '../support/rentguy-queue/queue-lab';
import { newKeyPair } from '../support/repository/sample-backup';

let lab: QueueLab;

beforeAll(async () => {
	lab = await QueueLab.open();
	await lab.fill();
});
afterAll(async () => await lab?.close());

/** A trigger, and behind it the node with these parameters. */
function workflowWith(parameters: WorkflowFile['nodes'][number]['parameters']): WorkflowFile {
	const place = { typeVersion: 1, position: [0, 0] as [number, number] };
	const credentials = {
		drRedisServerApi: { id: 'redis', name: 'Redis server' },
		drBackupRepositoryApi: { id: 'repository', name: 'Backup repository' },
	};
	const type = 'n8n-nodes-disaster-recovery.rentGuyQueueFlush';
	return {
		...{ id: 'drTest', name: 'Test', settings: { executionOrder: 'v1' } },
		nodes: [
			{ ...place, id: '1', name: 'Start', type: 'n8n-nodes-base.manualTrigger', parameters: {} },
			{ ...place, id: '2', name: 'Queue', type, parameters, credentials },
		],
		connections: { Start: { main: [[{ node: 'Queue', type: 'main', index: 0 }]] } },
	};
}

it('exports the queue, proves it, and imports it into a server that has lost everything', async () => {
	const { recipients, identities } = await newKeyPair();
	const repository = {
		...{ storage: 'directory', directory: lab.directory, encryption: 'keyPair' },
		recipients: recipients.join('\n'),
	};
	const redis = {
		...{ host: lab.redis.host, port: lab.redis.port, user: '', password: lab.redis.password },
		tls: 'disable',
	};
	const run = async (
		secretKey: string,
		parameters: Parameters<typeof workflowWith>[0],
		database = 0,
	) => {
		const engine = await createEngine({
			credentials: {
				'Redis server': { ...redis, database },
				'Backup repository': { ...repository, identities: secretKey },
			},
		});
		const { error, output } = await engine.run(workflowWith(parameters));
		expect(error?.message).toBeUndefined();
		return output('Queue')[0]?.[0]?.json;
	};
	const key = identities.join('\n');
	const blind = await run('', { operation: 'export', options: { backupName: 'blind' } });
	expect(blind).toMatchObject({ verified: 'no', verifiedIn: [] });
	expect(JSON.stringify(blind?.warnings)).toContain('not read back');
	const exported = await run(key, { operation: 'export' });
	expect(exported).toMatchObject({
		...{ jobs: 17, verified: 'readable', consistency: 'fuzzy' },
		queues: [
			{ role: 'main', name: MAIN, paused: false },
			{ role: 'dead', name: `${MAIN}:dead`, jobs: { waiting: 2 } },
		],
	});
	await lab.admin.flushall();
	// Of the two, only this one has been proved.
	const choice = { operation: 'import', backupName: exported?.name as string };
	expect(await run(key, { ...choice, dryRun: true })).toMatchObject({ putBack: 0, missing: 12 });
	expect(await lab.admin.dbsize()).toBe(0);
	const imported = await run(key, choice);
	expect(imported).toMatchObject({ backupId: exported?.backupId, putBack: 12, leftOut: 5 });
	expect(await lab.admin.llen(`${MAIN}:wait`)).toBe(4);
	const elsewhere = await run(key, choice, 3);
	expect(elsewhere).toMatchObject({ putBack: 12 });
	expect(await lab.admin.info('keyspace')).toMatch(/^db3:/m);
	const chosen = { ...choice, dryRun: true, options: { database: 3 } };
	expect(await run(key, chosen)).toMatchObject({ missing: 0 });
	expect(JSON.stringify([blind, exported, imported, elsewhere])).not.toContain(lab.redis.password);
});
