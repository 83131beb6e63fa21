import { IntegrityError, RestoreError } from '../../errors';
import { type RdbKey, type RdbValue, RdbWalker } from '../rdb/walker';
import { LONG_PAYLOAD_BYTES, longRestorePayload } from './long-payload';
import type { SnapshotFile } from './snapshot-file';
import { restorePayload, type SnapshotItem } from './snapshot-items';

type Found = { kind: 'key'; key: RdbKey; name: Buffer } | { kind: 'function'; code: Buffer };

/**
 * The keys and functions of an RDB file, in their order, ready to be restored one by one. Holds the
 * values that stand in one chunk of the file; longer ones are read when they are sent. The file has been proved before;
 * where it does not make sense all the same this rejects with `IntegrityError`.
 */
export async function* rdbItems(file: SnapshotFile): AsyncGenerator<SnapshotItem> {
	let found: Found[] = [];
	let version = 0;
	const walker = new RdbWalker(
		{
			header: (header) => (version = header.version),
			key: (key) => {
				if (!key.name) throw tooLong('The name of a key');
				found.push({ kind: 'key', key, name: Buffer.from(key.name) });
			},
			functionLibrary: (code) => {
				if (!code) throw tooLong('The source text of a library of functions');
				found.push({ kind: 'function', code: Buffer.from(code) });
			},
		},
		(what) =>
			new IntegrityError(`The snapshot is damaged: ${what}.`, { hint: 'Use another backup.' }),
	);
	for await (const chunk of file.reader() as AsyncIterable<Buffer>) {
		walker.push(chunk);
		yield* itemsOf(file, version, found);
		found = [];
	}
	walker.end();
}

async function* itemsOf(
	file: SnapshotFile,
	rdbVersion: number,
	found: readonly Found[],
): AsyncGenerator<SnapshotItem> {
	// A long value can only be the first: it began before this chunk of the file, the others in it.
	const short = found.flatMap((one) =>
		one.kind === 'key' && !isLong(one.key.value) ? [one.key.value] : [],
	);
	const start = short[0]?.start ?? 0;
	const together = Buffer.allocUnsafe((short.at(-1)?.end ?? start) - start);
	await file.fill(together, start);
	for (const one of found) {
		if (one.kind === 'function') {
			yield one;
			continue;
		}
		const { key, name } = one;
		const { type, start: from, end } = key.value;
		const payload = isLong(key.value)
			? longRestorePayload(file, key.value, rdbVersion)
			: restorePayload(type, together.subarray(from - start, end - start), rdbVersion);
		const { database, expiresAt, idleSeconds, frequency } = key;
		yield {
			...{ kind: 'key', database, key: name, payload },
			...(expiresAt !== undefined && { expireAt: expiresAt }),
			...(idleSeconds !== undefined && { idleSeconds }),
			...(frequency !== undefined && { frequency }),
		};
	}
}

function isLong({ start, end }: RdbValue): boolean {
	return end - start > LONG_PAYLOAD_BYTES;
}

function tooLong(what: string): RestoreError {
	return new RestoreError(
		`${what} is longer than a megabyte, which commands cannot restore here.`,
		{
			hint: 'Choose the method Replication.',
		},
	);
}
