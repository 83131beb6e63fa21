import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { IntegrityError } from '../../../core/errors';
import { openPayload } from '../../../core/repository/read-backup';
import { sealedJson } from '../../../core/repository/sealed-json';
import { writeBackup } from '../../../core/repository/write-backup';
import { requestFor } from '../../support/repository/sample-backup';
import { MemoryStore } from './memory-store';

const CONTENT = Buffer.from('a hundred bytes or so');
const UNPACKED_BYTES = 64 * 1024 * 1024;

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('a payload that unpacks to more than was backed up', () => {
	it('is refused before it fills a disk', async () => {
		const store = new MemoryStore('the store');
		const repository = { stores: [store], encryption: { kind: 'none' as const } };
		const request = requestFor(CONTENT, { compression: { algorithm: 'zstd', level: 3 } });
		const { payload } = await writeBackup(repository, request);

		const bomb = zstdCompressSync(Buffer.alloc(UNPACKED_BYTES));
		for (const [key, body] of store.objects) {
			if (key.endsWith(payload.file)) store.objects.set(key, bomb);
			if (!key.endsWith('manifest.json')) continue;
			const { sealSha256, ...manifest } = JSON.parse(body.toString());
			manifest.payload.stored = { bytes: bomb.length, sha256: sha256(bomb) };
			store.objects.set(key, sealedJson(manifest));
		}

		const { stream } = await openPayload(repository, request);
		let received = 0;
		const reading = async () => {
			for await (const chunk of stream as AsyncIterable<Buffer>) received += chunk.length;
		};
		const error = await reading().catch((failure: unknown) => failure);
		expect(error).toBeInstanceOf(IntegrityError);
		expect((error as Error).message).toContain('longer than what was backed up');
		expect(received).toBeLessThanOrEqual(CONTENT.length);
	});
});
