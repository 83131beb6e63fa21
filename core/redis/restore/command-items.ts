import { IntegrityError } from '../../errors';
import { PAYLOAD_INDEX, WORDS } from '../commands/payload';
import { CommandReader } from '../resp/command-reader';
import { LONG_PAYLOAD_BYTES, longPayload } from './long-payload';
import type { SnapshotFile } from './snapshot-file';
import type { SnapshotItem } from './snapshot-items';

/**
 * The keys and functions of a payload of commands, in their order. Holds the commands that end in one
 * chunk of the file, without long values, which are read when they are sent. The file has been proved
 * before; where it does not make sense all the same this rejects with `IntegrityError`.
 */
export async function* commandItems(file: SnapshotFile): AsyncGenerator<SnapshotItem> {
	let items: SnapshotItem[] = [];
	let database = 0;
	/** Of the command that is being read; nothing where its value is short. */
	let long: { bytes: number; start?: number } | undefined;
	let chunk: { bytes: Buffer; start: number } = { bytes: Buffer.alloc(0), start: 0 };
	const damaged = (what: string) =>
		new IntegrityError(`The snapshot is damaged: ${what}.`, { hint: 'Use another backup.' });
	const reader = new CommandReader(
		{
			passesBy: (words, index, bytes) => {
				const isValue = String(words[0]) === WORDS.restore && index === PAYLOAD_INDEX.restore;
				if (!isValue || bytes <= LONG_PAYLOAD_BYTES) return false;
				long = { bytes };
				return true;
			},
			piece: ({ byteOffset }) => {
				// Pieces are parts of the chunk, and the first one is where the value begins.
				if (long) long.start ??= chunk.start + byteOffset - chunk.bytes.byteOffset;
			},
			command: (words) => {
				const command = String(words[0]);
				if (command === WORDS.select) database = Number(words[1]);
				else if (command === WORDS.functions) {
					items.push({ kind: 'functions', payload: wordOf(words, PAYLOAD_INDEX.functions) });
				} else if (command === WORDS.restore) items.push(keyOf(words, database));
				long = undefined;
			},
		},
		damaged,
	);
	const wordOf = (words: readonly Buffer[], index: number): Buffer => {
		const word = words[index];
		if (!word) throw damaged('a command is not complete');
		return word;
	};
	const keyOf = (words: readonly Buffer[], inDatabase: number): SnapshotItem => {
		const expireAt = Number(wordOf(words, 2));
		const { start = 0, bytes = 0 } = long ?? {};
		return {
			...{ kind: 'key', database: inDatabase, key: wordOf(words, 1) },
			payload: long
				? longPayload(file, start, start + bytes)
				: wordOf(words, PAYLOAD_INDEX.restore),
			...(expireAt > 0 && { expireAt }),
		};
	};
	for await (const bytes of file.reader() as AsyncIterable<Buffer>) {
		chunk = { bytes, start: chunk.start + chunk.bytes.length };
		reader.push(bytes);
		yield* items;
		items = [];
	}
	reader.end();
}
