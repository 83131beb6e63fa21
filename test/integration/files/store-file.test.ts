import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import {
	CancelledError,
	ConfigurationError,
	NotFoundError,
	StoreError,
} from '../../../core/errors';
import { fileAt } from '../../../core/files/file-at';
import { FileChangedError, type FileSource } from '../../../core/files/file-source';
import { storeFile } from '../../../core/files/store-file';
import { listBackups } from '../../../core/repository/catalogue';
import { openPayload } from '../../../core/repository/read-backup';
import type { Repository } from '../../../core/repository/repository';
import { contentOf, newKeyPair } from '../../support/repository/sample-backup';
import { holdRepository } from '../../support/repository/held-repository';
import { ENV, refOf, useFileLab } from './lab';

const lab = useFileLab();

/** The same file, where something happens after its reading number `when`. */
function meanwhile(when: number, happens: () => void): FileSource {
	let readings = 0;
	return {
		fileName: 'managed.env',
		open: async () => {
			const file = await fileAt(lab.path()).open();
			const read = async () => {
				const stream = await file.read();
				if (++readings === when) stream.once('end', happens);
				return stream;
			};
			return Object.assign(Object.create(file) as typeof file, { read });
		},
	};
}

describe('a file that is stored', () => {
	it('comes back byte by byte, with what is known of it', async () => {
		const { manifest, ...result } = await lab.store();
		expect(result).toEqual({ changed: true, stored: true, warnings: [] });
		expect(manifest).toMatchObject({
			...{ component: 'file', name: 'managed.env', payload: { raw: { bytes: ENV.length } } },
			fingerprint: {
				...{ component: 'file', fileName: 'managed.env', mode: '640' },
				...{ modifiedAt: expect.stringMatching(/Z$/) as unknown },
				env: { names: ['PASSWORD', 'PORT'] },
			},
		});
		const { stream } = await openPayload(lab.repository(), refOf(manifest));
		expect((await contentOf(stream)).toString()).toBe(ENV);
		expect(JSON.stringify(manifest)).not.toMatch(/hunter2|3000/);
	});

	it('can be brought back by the lines in its manifest, without this software', async () => {
		const pair = await newKeyPair();
		const repository = await lab.repositoryIn('shell', Promise.resolve(pair));
		const { manifest } = await lab.store({ repository });
		const folder = join(lab.folder(), 'shell', 'file', manifest.name, manifest.id);
		writeFileSync(join(folder, 'key.txt'), pair.identities.join('\n'));
		const script = ['set -e', ...manifest.howToRestore].join('\n');
		const said = execFileSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8' });
		expect(said).toMatch(/: OK$/m);
		expect(readFileSync(join(folder, 'managed.env'), 'utf8')).toBe(ENV);
		const mode = execFileSync('stat', ['-c', '%a', join(folder, 'managed.env')]);
		expect(mode.toString().trim()).toBe('600');
	});

	it('keeps a hostile name out of these lines', async () => {
		const source = { ...fileAt(lab.path()), fileName: "x';\nrm -rf ~ #" };
		const { manifest } = await lab.store({ source });
		const commands = manifest.howToRestore.filter((line) => !line.startsWith('#'));
		expect(commands.join('\n')).not.toContain('rm -rf');
		expect(manifest.howToRestore.join('\n').split('\n')).toHaveLength(manifest.howToRestore.length);
	});

	it('is empty, or no env file, and says so', async () => {
		lab.write('');
		expect((await lab.store()).warnings).toEqual(['The file is empty.']);
		lab.write('A=1\nhunter2');
		const { manifest, warnings } = await lab.store();
		expect(warnings).toEqual([
			'The file could not be read as an env file: line 2 is not NAME=value. Its names were not compared.',
		]);
		expect(manifest.fingerprint).not.toHaveProperty('env');
	});
});

describe('only when changed', () => {
	it('stores nothing for the same content, and names what changed for another', async () => {
		const first = await lab.store();
		const before = lab.files();
		const again = await lab.store();
		expect(again).toMatchObject({
			...{ changed: false, stored: false, manifest: { id: first.manifest.id } },
			...{ env: { added: [], removed: [], changed: [] }, warnings: [] },
		});
		expect(lab.files()).toEqual(before);

		lab.write('PORT=3001\nPASSWORD=hunter2\nNEW=1\n');
		expect(await lab.store()).toMatchObject({
			...{ changed: true, stored: true, previousId: first.manifest.id },
			...{ env: { added: ['NEW'], removed: [], changed: ['PORT'] }, warnings: [] },
		});
	});

	it('off: stores the same content again, in a second of its own', async () => {
		const first = await lab.store();
		const second = await lab.store({ onlyWhenChanged: false });
		expect(second).toMatchObject({ changed: false, stored: true, warnings: [] });
		expect(second.manifest.id).not.toBe(first.manifest.id);
	});

	it('stores again what a store has not, or what was locked for another key', async () => {
		const { manifest } = await lab.store();
		mkdirSync(join(lab.folder(), 'second'));
		const both = await lab.repositoryIn('second', Promise.resolve(lab.repository().encryption));
		const repository: Repository = {
			...lab.repository(),
			stores: [...lab.repository().stores, ...both.stores],
		};
		const again = await lab.store({ repository });
		expect(again).toMatchObject({ changed: false, stored: true });
		expect(again.warnings).toEqual([
			`directory ${lab.folder()}/second had no copy of ${manifest.id}, so the file was stored again.`,
		]);
		const rekeyed = { ...repository, encryption: await newKeyPair() };
		expect((await lab.store({ repository: rekeyed })).warnings).toEqual([
			`${again.manifest.id} was encrypted otherwise, so the file was stored again.`,
		]);
		expect(await lab.store({ repository: rekeyed })).toMatchObject({ stored: false });
	});

	it('stores a file whose newest backup cannot be read', async () => {
		const { manifest } = await lab.store();
		const file = join(lab.folder(), 'first/file', manifest.name, manifest.id, 'manifest.json');
		writeFileSync(file, readFileSync(file, 'utf8').replace('managed.env', 'mangled.env'));
		const again = await lab.store();
		expect(again).toMatchObject({ changed: true, stored: true, previousId: manifest.id });
		expect(again.warnings).toEqual([expect.stringMatching(/was not compared: .*checksum/)]);
	});
});

describe('a file that changes while it is read', () => {
	it.each([
		['in the first reading', 1],
		['between the readings', 2],
	])('%s is read again', async (_when, reading) => {
		const source = meanwhile(reading, () => lab.write(`${ENV}LATER=1\n`));
		const { manifest } = await lab.store({ source });
		expect(manifest.payload.raw.bytes).toBe(ENV.length + 8);
		expect(manifest.fingerprint).toMatchObject({ env: { names: ['LATER', 'PASSWORD', 'PORT'] } });
		expect((await listBackups(lab.repository())).backups).toHaveLength(1);
	});

	it('by being replaced is read again', async () => {
		const other = `${lab.path()}.new`;
		writeFileSync(other, 'PORT=3001\nPASSWORD="hunter2"\n');
		const { manifest } = await lab.store({
			source: meanwhile(2, () => renameSync(other, lab.path())),
		});
		expect((await listBackups(lab.repository())).backups).toHaveLength(1);
		expect(await lab.store()).toMatchObject({ stored: false, manifest: { id: manifest.id } });
	});

	it('all the time is refused, and never stored', async () => {
		let length = 0;
		const source: FileSource = {
			fileName: 'growing.log',
			open: async () => ({
				read: async () => Readable.from([Buffer.alloc(++length)]),
				assertUnchanged: async () => undefined,
				close: async () => undefined,
			}),
		};
		await expect(lab.store({ source })).rejects.toThrow(FileChangedError);
		expect(lab.files()).toEqual([]);
	});
});

describe('what is refused', () => {
	const error = async (path: string) =>
		await storeFile(lab.input({ source: fileAt(path) })).catch((caught: unknown) => caught);

	it('is everything but an ordinary file', async () => {
		const at = (name: string) => join(lab.folder(), 'here', name);
		symlinkSync(lab.path(), at('link'));
		execFileSync('mkfifo', [at('pipe')]);
		for (const path of [at('link'), at('pipe'), join(lab.folder(), 'here'), '/dev/zero']) {
			const caught = await error(path);
			expect(caught).toBeInstanceOf(ConfigurationError);
			expect(caught).toMatchObject({ message: `${path} is not an ordinary file.` });
		}
		expect(await error(at('missing'))).toBeInstanceOf(NotFoundError);
		for (const path of ['managed.env', `${lab.path()}/`, `${lab.path()}\0`, '']) {
			expect(await error(path)).toBeInstanceOf(ConfigurationError);
		}
		expect(lab.files()).toEqual([]);
	});

	it('is a name that cannot be one of a backup', async () => {
		await expect(lab.store({ name: '../../etc' })).rejects.toThrow(ConfigurationError);
	});
});

describe('failures', () => {
	it('two runs at once both end well', async () => {
		const [a, b] = await Promise.all([
			lab.store({ onlyWhenChanged: false }),
			lab.store({ onlyWhenChanged: false }),
		]);
		expect(a.manifest.id).not.toBe(b.manifest.id);
		expect((await listBackups(lab.repository())).backups).toHaveLength(2);
	});

	it('the later of two runs finds nothing to store', async () => {
		const held = holdRepository(lab.repository());
		const slow = lab.store({ repository: held.repository });
		await held.reached;
		const quick = await lab.store();
		// It asked for the same id only if both began in one second; else there are two backups.
		held.release();
		const late = await slow;
		const isSame = late.manifest.id === quick.manifest.id;
		expect(late.stored).toBe(!isSame);
		expect((await listBackups(lab.repository())).backups).toHaveLength(isSame ? 1 : 2);
	});

	it('a run that is cancelled leaves nothing', async () => {
		const held = holdRepository(lab.repository());
		const abort = new AbortController();
		const running = storeFile(lab.input({ repository: held.repository }), {
			signal: abort.signal,
		});
		await held.reached;
		abort.abort();
		held.release();
		await expect(running).rejects.toThrow(CancelledError);
		expect(lab.files()).toEqual([]);
	});

	it('a repository that is gone is told', async () => {
		rmSync(lab.folder(), { recursive: true });
		mkdirSync(join(lab.folder(), 'here'), { recursive: true });
		lab.write(ENV);
		writeFileSync(join(lab.folder(), 'first'), 'a file where the folder was');
		await expect(lab.store()).rejects.toThrow(StoreError);
	});
});
