import {
	chmodSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	truncateSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import fc from 'fast-check';

import {
	CancelledError,
	ConfigurationError,
	IntegrityError,
	RestoreError,
	WrongKeyError,
} from '../../../core/errors';
import { fetchFile, fetchToPath } from '../../../core/files/fetch-file';
import type { Manifest } from '../../../core/repository/manifest';
import type { Repository } from '../../../core/repository/repository';
import { writeBackup } from '../../../core/repository/write-backup';
import { damageTo } from '../../support/repository/damage-arbitrary';
import { contentOf, newKeyPair, requestFor } from '../../support/repository/sample-backup';
import { mountSmallDisk } from '../../support/small-disk';
import { ENV, refOf, useFileLab } from './lab';

const lab = useFileLab();

const KEPT = /^managed\.env\.before-\d{14}$/;

function fetchTo(manifest: Manifest, changes: object = {}, signal?: AbortSignal) {
	const backup = refOf(manifest);
	const input = { repository: lab.repository(), backup, path: lab.path(), keepReplaced: true };
	return fetchToPath({ ...input, ...changes }, signal);
}

/** The payload in one of the directories. */
function payloadOf({ name, id, payload }: Manifest, directory = 'first'): string {
	return join(lab.folder(), directory, 'file', name, id, payload.file);
}

/** The repository with a second directory that has the same backups. */
async function withSecond(): Promise<Repository> {
	mkdirSync(join(lab.folder(), 'second'));
	const { encryption, stores } = lab.repository();
	const second = await lab.repositoryIn('second', Promise.resolve(encryption));
	return { encryption, stores: [...stores, ...second.stores] };
}

const modeOf = (path: string) => (lstatSync(path).mode & 0o777).toString(8);

describe('a file that is fetched', () => {
	it('is created with the mode 600', async () => {
		const { manifest } = await lab.store();
		rmSync(lab.path());
		const { result, warnings, store } = await fetchTo(manifest);
		expect({ result, warnings }).toEqual({
			...{ result: { state: 'created', warnings: [] }, warnings: [] },
		});
		expect(store).toContain('first');
		expect(lab.content()).toBe(ENV);
		expect(modeOf(lab.path())).toBe('600');
	});

	it('has less than that where it had less', async () => {
		chmodSync(lab.path(), 0o444);
		const { manifest } = await lab.store();
		rmSync(lab.path());
		await fetchTo(manifest);
		expect(modeOf(lab.path())).toBe('400');
	});

	it('replaces another one, keeps that, and tells who lost the right to read it', async () => {
		const { manifest } = await lab.store();
		lab.write('broken');
		const { result, warnings } = await fetchTo(manifest);
		expect(result.state).toBe('replaced');
		expect(lab.content()).toBe(ENV);
		expect(readFileSync(result.keptAs ?? '', 'utf8')).toBe('broken');
		expect(lab.beside()).toEqual(['managed.env', expect.stringMatching(KEPT)]);
		expect(warnings).toEqual([expect.stringMatching(/had mode 640.* has mode 600/)]);

		lab.write('broken again');
		await fetchTo(manifest);
		expect(lab.beside().filter((name) => KEPT.test(name))).toHaveLength(2);
		lab.write('not worth keeping');
		expect((await fetchTo(manifest, { keepReplaced: false })).result).toEqual({
			...{ state: 'replaced', warnings: [] },
		});
		expect(lab.beside()).toHaveLength(3);
	});

	it('leaves one alone that has the same content', async () => {
		const { manifest } = await lab.store();
		const { ino } = lstatSync(lab.path());
		expect((await fetchTo(manifest)).result).toEqual({ state: 'unchanged', warnings: [] });
		expect(lstatSync(lab.path()).ino).toBe(ino);
		expect(lab.beside()).toEqual(['managed.env']);
	});

	it('comes from the next store where the first copy is damaged or gone', async () => {
		const repository = await withSecond();
		const { manifest } = await lab.store({ repository });
		truncateSync(payloadOf(manifest), 100);
		lab.write('broken');
		const fetched = await fetchTo(manifest, { repository });
		expect(fetched).toMatchObject({ store: `directory ${lab.folder()}/second` });
		expect(fetched.warnings[0]).toMatch(/first could not be used: .* damaged/);
		expect(lab.content()).toBe(ENV);
		rmSync(payloadOf(manifest));
		const whole = await fetchFile(repository, refOf(manifest), ({ stream }) => contentOf(stream));
		expect(whole.result.toString()).toBe(ENV);
	});
});

describe('what leaves everything as it was', () => {
	let manifest: Manifest;

	beforeEach(async () => {
		({ manifest } = await lab.store());
		lab.write('what is there');
	});

	afterEach(() => {
		expect(lab.content()).toBe('what is there');
		expect(lab.beside()).toEqual(['managed.env']);
	});

	it('any damage to the payload', async () => {
		const path = payloadOf(manifest);
		const whole = readFileSync(path);
		await fc.assert(
			fc.asyncProperty(damageTo(whole), async (damaged) => {
				writeFileSync(path, damaged);
				await expect(fetchTo(manifest)).rejects.toThrow(IntegrityError);
				expect(lab.content()).toBe('what is there');
			}),
			{ numRuns: 50 },
		);
	});

	it('another key', async () => {
		const repository = { ...lab.repository(), encryption: await newKeyPair() };
		await expect(fetchTo(manifest, { repository })).rejects.toThrow(WrongKeyError);
	});

	it('a cancellation in the middle, and at the last moment', async () => {
		const abort = new AbortController();
		abort.abort();
		await expect(fetchTo(manifest, {}, abort.signal)).rejects.toThrow(CancelledError);
		const late = new AbortController();
		const cancelled = fetchTo(
			manifest,
			{ assertAllowed: async () => late.abort(late.signal.throwIfAborted()) },
			late.signal,
		);
		// It came too late, and what was done is told as done; so the state before is set up again.
		expect((await cancelled).result.state).toBe('replaced');
		rmSync((await cancelled).result.keptAs ?? '');
		lab.write('what is there');
	});

	it('a path that leads elsewhere at the last moment', async () => {
		const assertAllowed = async () => {
			throw new ConfigurationError('Not any more.', { hint: '' });
		};
		await expect(fetchTo(manifest, { assertAllowed })).rejects.toThrow('Not any more.');
	});

	it('a path that is no file', async () => {
		const at = (name: string) => join(lab.folder(), name);
		symlinkSync(lab.path(), at('link'));
		for (const path of [at('link'), at('here'), at('none/file'), 'file', `${at('x')}/`, '']) {
			await expect(fetchTo(manifest, { path })).rejects.toThrow(ConfigurationError);
		}
	});

	it('a backup of something else', async () => {
		const other = await writeBackup(lab.repository(), requestFor(Buffer.from('rows')));
		await expect(fetchTo(other)).rejects.toThrow(/is of postgres, not of a file/);
	});
});

test('what a killed fetch has left goes with the next one, and nothing else does', async () => {
	const { manifest } = await lab.store();
	const beside = (name: string, minutesAgo: number) => {
		const path = join(dirname(lab.path()), name);
		writeFileSync(path, ENV);
		const at = new Date(Date.now() - minutesAgo * 60_000);
		utimesSync(path, at, at);
		return name;
	};
	beside('.fetched-0a1b2c3d4e5f.partial', 61);
	const others = [
		beside('.fetched-0a1b2c3d4e50.partial', 59),
		beside('.fetched-notes.partial', 900),
		beside('.fetched-0a1b2c3d4e5f.partial.bak', 900),
	];
	mkdirSync(join(dirname(lab.path()), '.fetched-000000000000.partial'));
	symlinkSync('/etc/passwd', join(dirname(lab.path()), '.fetched-111111111111.partial'));
	lab.write('broken');
	await fetchTo(manifest, { keepReplaced: false });
	const folder = dirname(lab.path());
	expect(readdirSync(folder).sort()).toEqual(
		[
			...['.fetched-000000000000.partial', '.fetched-111111111111.partial'],
			...[...others, 'managed.env'],
		].sort(),
	);
});

test('a full disk leaves the old file, and nothing of the new one', async () => {
	lab.write(Buffer.alloc(3_000_000, 'x'));
	const { manifest } = await lab.store({ envFile: false });
	const disk = await mountSmallDisk(4_000_000);
	try {
		const path = join(disk.path, 'managed.env');
		writeFileSync(path, 'what is there');
		await disk.fill(1_000_000);
		const failure = fetchTo(manifest, { path });
		await expect(failure).rejects.toThrow(RestoreError);
		await expect(failure).rejects.toThrow(/is as it was.*The disk is full/);
		expect(readFileSync(path, 'utf8')).toBe('what is there');
		await disk.free();
		expect((await fetchTo(manifest, { path })).result.state).toBe('replaced');
		expect(lstatSync(path).size).toBe(3_000_000);
	} finally {
		await disk.remove();
	}
});
