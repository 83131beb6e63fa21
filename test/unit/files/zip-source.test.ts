import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { IntegrityError } from '../../../core/errors';
import { FileChangedError } from '../../../core/files/file-source';
import { type ZippedFile, zipOf } from '../../../core/files/zip/zip-source';
import { contentOf } from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const directory = useTemporaryDirectory();

const CONTENTS: Record<string, Buffer> = {
	'/index.html': Buffer.from('<h1>Mister DJ</h1>'),
	'/assets/naïve café.css': Buffer.from('b{}'),
	'/leeg.txt': Buffer.alloc(0),
	'/assets/photo.bin': Buffer.from(Uint8Array.from({ length: 300_001 }, (_one, at) => at * 31)),
};
const sha1 = (content: Buffer) => createHash('sha1').update(content).digest('hex');

function fileOf([path, content]: [string, Buffer]): ZippedFile {
	const pieces = [content.subarray(0, 1_000), content.subarray(1_000)];
	return { path, expectedSha1: sha1(content), read: async () => Readable.from(pieces) };
}
const files = () => Object.entries(CONTENTS).map(fileOf);

async function bytesOf(given: readonly ZippedFile[], comment = ''): Promise<Buffer> {
	const file = await zipOf('site.zip', given, { comment }).open();
	return await contentOf(await file.read());
}

test('what unzip makes of it are the files, the paths and the comment', async () => {
	const zip = join(directory.path, 'site.zip');
	writeFileSync(zip, await bytesOf(files(), 'Deploy 1 – café'));
	expect(execFileSync('unzip', ['-tq', zip], { encoding: 'utf8' })).toMatch(/No errors/);
	expect(execFileSync('unzip', ['-zq', zip], { encoding: 'utf8' })).toContain('Deploy 1 – café');
	const target = join(directory.path, 'unpacked');
	mkdirSync(target);
	execFileSync('unzip', ['-q', zip, '-d', target], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
	for (const [path, content] of Object.entries(CONTENTS)) {
		expect(readFileSync(join(target, path)).equals(content)).toBe(true);
	}
	expect(execFileSync('stat', ['-c', '%a', join(target, 'index.html')]).toString()).toMatch(/^644/);
});

test('the same files in another order make the same bytes; another comment makes others', async () => {
	const first = await bytesOf(files(), 'one');
	expect((await bytesOf(files().reverse(), 'one')).equals(first)).toBe(true);
	expect((await bytesOf(files(), 'two')).equals(first)).toBe(false);
});

test('a file that is not as expected is named, and so are no more than five', async () => {
	const wrong = files().map((file) => ({ ...file, expectedSha1: sha1(Buffer.from('other')) }));
	const opening = zipOf('site.zip', [...wrong.slice(0, 1), ...files().slice(1)]).open();
	await expect(opening).rejects.toThrow('The SHA-1 is not the expected one: /index.html.');
	await expect(opening).rejects.toThrow(IntegrityError);
	const many = Array.from({ length: 7 }, (_one, at) => ({ ...wrong[0]!, path: `/${at}.html` }));
	await expect(zipOf('site.zip', many).open()).rejects.toThrow(
		'The SHA-1 is not the expected one: /0.html, /1.html, /2.html, /3.html, /4.html, and 2 more.',
	);
});

test.each([
	...['/../etc/passwd', 'a/./b', '', '/', 'a//b', 'a/', 'C:/x', 'a\\b', 'a\0b'],
	'x'.repeat(65_536),
])('the path %# is refused', (path) => {
	const one = { path, read: async () => Readable.from([]) };
	expect(() => zipOf('site.zip', [one])).toThrow(/cannot be a path in a ZIP/);
});

test('a path that appears twice, a digest of another kind and no file at all are refused', () => {
	const [one] = files();
	expect(() => zipOf('site.zip', [one!, { ...one!, path: 'index.html' }])).toThrow(
		/"\/?index.html" appears twice/,
	);
	expect(() => zipOf('site.zip', [{ ...one!, expectedSha1: 'none given' }])).toThrow(
		'What /index.html should have is no SHA-1: "none given".',
	);
	expect(() => zipOf('site.zip', [])).toThrow(/A ZIP of 0 files/);
});

test('a file that changes between two readings ends the ZIP', async () => {
	let readings = 0;
	const read = async () => Readable.from([Buffer.from(`reading ${++readings}`)]);
	const file = await zipOf('site.zip', [{ path: 'live.html', read }]).open();
	await expect(contentOf(await file.read())).rejects.toThrow(FileChangedError);
});
