import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { listBackups } from '../../../core/repository/catalogue';
import { openRepository } from '../../../core/repository/repository';
import { everythingBelow } from '../../support/repository/files-below';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const SCRIPT = join(__dirname, '../../support/repository/stream-large-backup.mjs');
const MIB = 1024 * 1024;

const directory = useTemporaryDirectory();

it('needs no more memory for a larger backup', async () => {
	const args = [SCRIPT, directory.path, '300'];
	const { stdout } = await promisify(execFile)(process.execPath, args);
	const { bytes, before, write, read } = JSON.parse(stdout);
	expect(bytes).toBe(300 * MIB);
	expect(write - before).toBeLessThan(150 * MIB);
	expect(read - before).toBeLessThan(150 * MIB);
}, 120_000);

it('leaves nothing that looks like a backup when the process is killed', async () => {
	const child: ChildProcess = spawn(process.execPath, [SCRIPT, directory.path, '5000'], {
		stdio: 'ignore',
	});
	const exit = once(child, 'exit');
	const unfinished = () =>
		everythingBelow(directory.path).filter((path) => path.endsWith('.partial'));
	while (unfinished().length === 0 && child.exitCode === null) await wait(20);
	child.kill('SIGKILL');
	expect((await exit)[1]).toBe('SIGKILL');

	expect(unfinished()).toHaveLength(1);
	const repository = openRepository({
		directory: { path: directory.path },
		encryption: { kind: 'none' },
	});
	expect(await listBackups(repository)).toEqual({ backups: [], unavailable: [] });
});
