import { rmSync, writeFileSync } from 'node:fs';

import type { Check } from '../../../core/health/check';
import {
	BACKUP_AGE,
	type BackupAgeTarget,
	probeBackupAge,
} from '../../../core/health/probes/backup-age';
import { openRepository, type Repository } from '../../../core/repository/repository';
import { freePort } from '../../support/free-port';
import { plantBackup, type PlantedBackup } from '../../support/repository/plant-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';
import { checkOf, seenBy } from './checking';

const MINUTE = 60_000;

const directory = useTemporaryDirectory();

const repositoryOf = (...others: Partial<Parameters<typeof openRepository>[0]>[]): Repository =>
	openRepository({
		directory: { path: directory.path },
		encryption: { kind: 'none' },
		...Object.assign({}, ...others),
	});

async function seen(target: Partial<BackupAgeTarget> = {}, conditions: Partial<Check> = {}) {
	const whole: BackupAgeTarget = {
		...{ repository: repositoryOf(), component: 'postgres', rpoMs: 60 * MINUTE },
		...{ minimumLevel: 'readable', ...target },
	};
	return await seenBy(checkOf(BACKUP_AGE, (signal) => probeBackupAge(whole, signal), conditions));
}

const plant = (minutesAgo: number, backup: Partial<PlantedBackup> = {}) =>
	plantBackup(directory.path, {
		...{ levels: ['readable'], at: new Date(Date.now() - minutesAgo * MINUTE) },
		...backup,
	});

test('a young backup that was proved is healthy', async () => {
	plant(90);
	const id = plant(20, { levels: ['stored', 'restored'] });
	expect(await seen()).toMatchObject({
		...{ status: 'pass', observedValue: 20, observedUnit: 'min' },
		output: `the newest backup that is at least readable, ${id}, is 20 min old and restored.`,
	});
	const fail = ['[LEVEL] >= restored', '[COPIES] == [STORES]', '[AGE] < 1h', '[RPO] == 60m'];
	expect(await seen({}, { fail })).toMatchObject({ status: 'pass' });
});

test('one that is too old is not', async () => {
	plant(90);
	const { status, output } = await seen();
	expect(status).toBe('fail');
	expect(output).toMatch(/expected \[AGE\] <= \[RPO\], seen 90 min\.$/);
});

test('one of the future is not young for years', async () => {
	const future = plant(-600 * 24 * 60);
	const alone = await seen();
	expect(alone).toMatchObject({ status: 'fail' });
	expect(alone.output).toMatch(
		`there is no backup of postgres/shop that is at least readable; ${future} carries a time in the future`,
	);
	const old = plant(90);
	const { status, output } = await seen();
	expect(status).toBe('fail');
	expect(output).toMatch(new RegExp(`${old}, is 90 min old .*${future} carries a time`));
	// The clock of another machine may be ahead by a little.
	plant(-3);
	expect(await seen()).toMatchObject({ status: 'pass', observedValue: 0 });
});

test('what was not proved far enough, or not finished, does not count', async () => {
	const proved = plant(200);
	const stored = plant(30, { levels: ['stored'] });
	plant(5, { without: 'manifest' });
	const { status, output } = await seen();
	expect(status).toBe('fail');
	expect(output).toContain(`${proved}, is 3.3 h old and readable; the newer ${stored} is stored`);
	expect(await seen({ minimumLevel: 'stored' })).toMatchObject({ status: 'pass' });
	const restored = await seen({ minimumLevel: 'restored' });
	expect(restored).toMatchObject({ status: 'fail' });
	expect(restored.output).toMatch(
		/^there is no backup of postgres\/shop that is at least restored; the newest, .* is stored; expected \[AGE\] <= \[RPO\], seen nothing: there is no such backup\.$/,
	);
});

test('none at all is said', async () => {
	const none = await seen();
	expect(none).toMatchObject({
		...{ status: 'fail', output: expect.stringMatching(/^there is no backup of postgres; /) },
	});
	plant(5, { without: 'payload' });
	plant(5, { component: 'redis' });
	expect((await seen({ name: 'shop' })).output).toMatch(/^there is no backup of postgres\/shop; /);
});

test('without a name the one that is worst off counts, but for what restores have put aside', async () => {
	plant(10, { component: 'redis', name: 'cache' });
	const late = plant(70, { component: 'redis', name: 'queue' });
	plant(5_000, { component: 'redis', name: 'before-restore.cache' });
	const target = { component: 'redis' };
	expect((await seen(target)).output).toContain(`${late}, is 70 min old`);
	expect(await seen({ ...target, name: 'cache' })).toMatchObject({ status: 'pass' });
	plant(1, { component: 'redis', name: 'new', levels: [] });
	expect((await seen(target)).output).toMatch(/^there is no backup of redis\/new that is at least/);
});

describe('with a store that cannot be asked', () => {
	const s3 = async () => ({
		...{ endpoint: `http://127.0.0.1:${await freePort()}`, region: 'x', bucket: 'backups' },
		...{ accessKeyId: 'key', secretAccessKey: 'hunter2', forcePathStyle: true, prefix: '' },
	});

	test('what the others hold counts, with a warning', async () => {
		plant(20);
		const result = await seen({ repository: repositoryOf({ s3: await s3() }) });
		expect(result.status).toBe('warn');
		expect(result.output).toMatch(
			/20 min old and readable; .* could not be asked: .*; expected \[UNASKED_STORES\] == 0, seen 1\.$/,
		);
		expect(JSON.stringify(result)).not.toContain('hunter2');
	});

	test('nothing is known where there is no other', async () => {
		plant(20);
		rmSync(directory.path, { recursive: true });
		writeFileSync(directory.path, 'no folder');
		const result = await seen({ repository: repositoryOf({ s3: await s3() }) });
		expect(result.status).toBe('fail');
		expect(result.output).toMatch(/^No store of the repository could be listed\. /);
		expect(result.conditions[0]).toMatchObject({ met: false });
	});
});
