import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { CancelledError } from '../../../core/errors';
import { listBackups } from '../../../core/repository/catalogue';
import { PartialBackupError } from '../../../core/repository/commit';
import { openPayload } from '../../../core/repository/read-backup';
import type { Repository } from '../../../core/repository/repository';
import { createDirectoryStore } from '../../../core/repository/stores/directory';
import { verifyStored } from '../../../core/repository/verify-stored';
import { writeBackup } from '../../../core/repository/write-backup';
import { everythingBelow } from '../../support/repository/files-below';
import { contentOf, FACTS, newKeyPair, requestFor } from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';
import { type S3Server, startS3Server } from '../../support/s3-server';
import { SHORT_LIMITS, storeOn } from '../s3/setup';

const PAYLOAD = randomBytes(20 * 1024 * 1024);

const directory = useTemporaryDirectory();
let server: S3Server;
let repository: Repository;

beforeEach(async () => {
	server = await startS3Server();
	const stores = [createDirectoryStore({ path: directory.path }), storeOn(server, SHORT_LIMITS)];
	repository = { stores, encryption: await newKeyPair() };
});
afterEach(async () => await server.stop());

const filesInDirectory = () => everythingBelow(directory.path).filter((path) => path.includes('.'));
const labels = () => repository.stores.map(({ label }) => label);

it('hold the same backup, and each gives it back', async () => {
	const request = requestFor(PAYLOAD);
	const manifest = await writeBackup(repository, request);
	expect(manifest.storedIn).toEqual(labels());
	for (const store of labels()) {
		const { stream } = await openPayload(repository, request, { store });
		expect((await contentOf(stream)).equals(PAYLOAD)).toBe(true);
	}
	expect(await verifyStored(repository, request)).toMatchObject([
		{ state: 'whole' },
		{ state: 'whole' },
	]);
	expect(await listBackups(repository)).toMatchObject({
		backups: [{ committed: true, storedIn: labels() }],
		unavailable: [],
	});
	expect(server.openUploads()).toEqual([]);
});

it('keep the one copy that worked when the other was cut', async () => {
	const isPart = ({ query }: { query: URLSearchParams }) => query.has('partNumber');
	const effect = { kind: 'status', status: 403, code: 'AccessDenied' } as const;
	server.faults.add({ method: 'PUT', when: isPart, after: 1, effect });
	const request = requestFor(PAYLOAD);
	const error = await writeBackup(repository, request).catch((reason: unknown) => reason);
	expect(error).toBeInstanceOf(PartialBackupError);
	expect(error).toMatchObject({ storedIn: labels().slice(0, 1) });
	expect(server.objects()).toEqual([]);
	expect(server.openUploads()).toEqual([]);
	const { stream, store } = await openPayload(repository, request);
	expect(store).toBe(labels()[0]);
	expect((await contentOf(stream)).equals(PAYLOAD)).toBe(true);
});

it('are both left clean by a cancelled run', async () => {
	const abort = new AbortController();
	const stream = new Readable({ read() {} });
	stream.push(PAYLOAD);
	const run = writeBackup(
		repository,
		requestFor({ stream, complete: async () => FACTS }),
		abort.signal,
	);
	setTimeout(() => abort.abort(), 500);
	await expect(run).rejects.toBeInstanceOf(CancelledError);
	expect(filesInDirectory()).toEqual([]);
	expect(server.objects()).toEqual([]);
	expect(server.openUploads()).toEqual([]);
});
