import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CancelledError, ConnectionError, IntegrityError } from '../../../core/errors';
import { backupPrefix } from '../../../core/repository/naming';
import type { Manifest } from '../../../core/repository/manifest';
import { DEAD, MAIN, QueueLab } from '../../support/rentguy-queue/queue-lab';
import { rewriteSealed } from '../../support/repository/rewrite-sealed';

const PAGE = join(__dirname, '../../../docs/credentials.md');

let lab: QueueLab;

beforeEach(async () => {
	lab = await QueueLab.open();
});
afterEach(async () => await lab.close());

const folderOf = (backup: Manifest) => join(lab.directory, 'repository', backupPrefix(backup));

/** A user with the rights that docs/credentials.md lists for this. */
async function userFor(what: 'export' | 'import', changes: readonly string[] = []) {
	const line = new RegExp(`^ACL SETUSER dr_${what} on >… (.*)$`, 'm').exec(
		readFileSync(PAGE, 'utf8'),
	);
	if (!line?.[1]) throw new Error(`The page does not list the rights for ${what}.`);
	const rights = [...line[1].split(' '), ...changes];
	await lab.admin.call('ACL', 'SETUSER', `dr_${what}`, 'on', '>secret-7', ...rights);
	return lab.redis.server({ username: `dr_${what}`, password: 'secret-7' });
}

async function jobs(count: number): Promise<void> {
	await lab.main.addBulk([...Array(count).keys()].map((n) => ({ name: 'lead', data: { n } })));
}

it('exports and imports as users with the documented rights alone', async () => {
	await lab.fill();
	const server = await userFor('export');
	const changes = async () => /rdb_changes_since_last_save:(\d+)/.exec(await lab.admin.info())?.[1];
	const before = await changes();
	const manifest = await lab.export({ server });
	expect(await changes()).toBe(before);
	expect(manifest.source.serverVersion).toMatch(/^\d/);
	await lab.admin.flushall();
	expect(await lab.import(manifest, { server: await userFor('import') })).toMatchObject({
		putBack: 12,
	});
});

it('leaves no half of a job where the user may not do all of it', async () => {
	await jobs(3);
	const manifest = await lab.export();
	await lab.admin.flushall();
	const server = await userFor('import', ['-xadd']);
	await expect(lab.import(manifest, { server })).rejects.toThrow(/broke off: .*No job had been/s);
	expect(await lab.stored()).toEqual([]);
	expect(await lab.admin.exists(`${MAIN}:1`, `${MAIN}:2`, `${MAIN}:3`)).toBe(0);
	expect(await lab.import(manifest)).toMatchObject({ putBack: 3 });
});

it('says what stands in the way of an export, and stores nothing', async () => {
	await jobs(1);
	const password = 'wrong-but-secret';
	const refused = await lab.export({ server: lab.redis.server({ password }) }).catch((e) => e);
	expect(refused).toBeInstanceOf(ConnectionError);
	expect(`${refused.message} ${refused.hint}`).not.toContain(password);
	const server = await userFor('export', ['-hgetall']);
	await expect(lab.export({ server })).rejects.toThrow('does not let this user read the queue');
	await expect(lab.export({ queue: 'sevensa-sync' })).rejects.toThrow(
		'no queue named sevensa-sync',
	);
	await expect(lab.export({ prefix: 'bull' })).rejects.toThrow('no queue bull:rentguy-sync');
	await lab.admin.hset('bull:other:rentguy-sync:meta', 'version', 'bullmq:5.0.0');
	await expect(lab.export()).rejects.toThrow('these key prefixes: bull:mr-dj, bull:other');
	expect(await lab.files()).toEqual([]);
	expect((await lab.export({ prefix: 'bull:mr-dj' })).source.properties.prefix).toBe('bull:mr-dj');
});

it('stores nothing when it is cancelled or cut off in the middle', async () => {
	await jobs(1000);
	const stop = new AbortController();
	const context = { signal: stop.signal, onProgress: () => stop.abort() };
	await expect(lab.export({}, context)).rejects.toThrow(CancelledError);
	const onProgress = () => void lab.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
	await expect(lab.export({}, { onProgress })).rejects.toThrow('connection to the Redis server');
	expect(await lab.files()).toEqual([]);
});

it('adds nothing from a damaged export', async () => {
	await lab.fill();
	const manifest = await lab.export({ compression: { algorithm: 'none' } });
	await lab.admin.flushall();
	const file = join(folderOf(manifest), manifest.payload.file);
	const whole = readFileSync(file);
	const flipped = Buffer.from(whole);
	flipped[whole.length - 40]! ^= 1;
	for (const bytes of [flipped, whole.subarray(0, -20), Buffer.concat([whole, whole])]) {
		writeFileSync(file, bytes);
		await expect(lab.import(manifest)).rejects.toThrow(IntegrityError);
	}
	writeFileSync(file, whole);
	rewriteSealed(join(folderOf(manifest), 'manifest.json'), (facts) => {
		const { queues } = facts.fingerprint as { queues: { dead: { jobs: object } } };
		queues.dead.jobs = { waiting: 3 };
	});
	await expect(lab.import(manifest)).rejects.toThrow('2 jobs in state waiting where its manifest');
	expect(await lab.admin.dbsize()).toBe(0);
	expect(readdirSync(lab.directory)).toEqual(['repository']);
});

it('goes on after it was killed or cancelled half-way, and puts nothing back twice', async () => {
	await jobs(1200);
	const manifest = await lab.export();
	const before = await lab.stored();
	await lab.admin.flushall();
	const { component, name, id } = manifest;
	const backup = { component, name, id };
	const last = await lab.inProcess('import', { backup }, ({ phase }, kill) => {
		if (phase === 'importing') kill();
	});
	expect(last?.result).toBeUndefined();
	const stop = new AbortController();
	const onProgress = ({ phase }: { phase: string }) => {
		if (phase === 'importing') stop.abort();
	};
	const cancelled = lab.import(manifest, {}, { signal: stop.signal, onProgress });
	await expect(cancelled).rejects.toThrow(/^The import was cancelled\. .* had been put back\.$/);
	const half = (await lab.stored()).length;
	expect(half).toBeGreaterThan(0);
	expect(half).toBeLessThan(1200);
	expect(await lab.import(manifest)).toMatchObject({ alreadyThere: half, putBack: 1200 - half });
	expect(await lab.stored()).toEqual(before);
	expect(await lab.stored(DEAD)).toEqual([]);
});
