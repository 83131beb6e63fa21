import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { IntegrityError } from '../../../core/errors';
import { openPayload } from '../../../core/repository/read-backup';
import { writeBackup } from '../../../core/repository/write-backup';
import { requestFor } from '../../support/repository/sample-backup';
import { MemoryStore } from './memory-store';

const CONTENT = Buffer.from(Array.from({ length: 30_000 }, (_, at) => (at * at) % 251));

/** Hands out the payload at once, and what is behind it, or that nothing is, only later. */
class SlowEndStore extends MemoryStore {
	constructor(private readonly behind: readonly Buffer[] = []) {
		super('the store');
	}

	override async read(key: string): Promise<Readable> {
		if (key.endsWith('manifest.json')) return await super.read(key);
		return Readable.from(this.slowly(await buffer(await super.read(key))), { objectMode: false });
	}

	private async *slowly(bytes: Buffer): AsyncGenerator<Buffer> {
		yield bytes;
		await sleep(30);
		yield* this.behind;
	}
}

async function readBack(store: SlowEndStore, algorithm: 'zstd' | 'gzip'): Promise<Buffer> {
	const repository = { stores: [store], encryption: { kind: 'none' as const } };
	const request = requestFor(CONTENT, { compression: { algorithm, level: 3 } });
	await writeBackup(repository, request);
	const { stream } = await openPayload(repository, request);
	return await buffer(stream);
}

describe.each(['zstd', 'gzip'] as const)('a payload in %s', (algorithm) => {
	it('is whole, however long the store takes to say that it ends', async () => {
		for (let round = 0; round < 5; round++) {
			expect((await readBack(new SlowEndStore(), algorithm)).equals(CONTENT)).toBe(true);
		}
	});

	it('is damaged where more comes behind it, and be it much', async () => {
		const behind = Array.from({ length: 40 }, () => Buffer.alloc(64 * 1024));
		await expect(readBack(new SlowEndStore(behind), algorithm)).rejects.toThrow(IntegrityError);
	});
});
