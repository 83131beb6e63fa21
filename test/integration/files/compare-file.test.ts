import { CancelledError, NotFoundError } from '../../../core/errors';
import { compareFile } from '../../../core/files/compare-file';
import { fileAt } from '../../../core/files/file-at';
import type { Manifest } from '../../../core/repository/manifest';
import { ENV, refOf, useFileLab } from './lab';

const lab = useFileLab();

const compare = async (manifest: Manifest, signal?: AbortSignal) =>
	await compareFile(fileAt(lab.path()), lab.repository(), refOf(manifest), signal);

test('tells the same from another, and the names that differ', async () => {
	const { manifest } = await lab.store();
	expect(await compare(manifest)).toEqual({
		...{ same: true, digest: manifest.payload.raw, warnings: [] },
		env: { added: [], removed: [], changed: [] },
	});
	lab.write('PASSWORD="hunter3"\nNEW=1\nNEW=2\n');
	const compared = await compare(manifest);
	expect(compared).toMatchObject({
		...{ same: false, env: { added: ['NEW'], removed: ['PORT'], changed: ['PASSWORD'] } },
		warnings: ['More than once in the file, where the last one counts: NEW.'],
	});
	expect(JSON.stringify(compared)).not.toContain('hunter');
});

test('tells another file whose settings are all the same', async () => {
	const { manifest } = await lab.store();
	lab.write(`# a comment\n${ENV}`);
	expect(await compare(manifest)).toMatchObject({
		...{ same: false, env: { added: [], removed: [], changed: [] } },
	});
});

test('knows no names where there are none', async () => {
	const { manifest } = await lab.store({ envFile: false });
	lab.write('PORT=3001\n');
	expect(await compare(manifest)).toEqual({
		...{ same: false, digest: { bytes: 10, sha256: expect.any(String) as unknown }, warnings: [] },
	});
	const other = await lab.store();
	lab.write('no settings\n');
	const compared = await compare(other.manifest);
	expect(compared).not.toHaveProperty('env');
	expect(compared.warnings).toEqual([expect.stringMatching(/line 1 is not NAME=value/)]);
});

test('can be cancelled, and says what is not there', async () => {
	const { manifest } = await lab.store();
	await expect(compare(manifest, AbortSignal.abort())).rejects.toThrow(CancelledError);
	const gone = { ...manifest, id: 'managed.env-20200101000000' };
	await expect(compare(gone)).rejects.toThrow(NotFoundError);
});
