import { IntegrityError } from '../../errors';
import { PAYLOAD_INDEX, WORDS } from '../commands/payload';
import { CommandReader } from '../resp/command-reader';
import type { SnapshotFile } from './snapshot-file';
import type { SnapshotItem } from './snapshot-items';

/**
 * The keys and functions of a payload of commands, in their order. Holds the commands that end in one
 * chunk of the file. The file has been proved before; where it does not make sense all the same this
 * rejects with `IntegrityError`.
 */
export async function* commandItems(file: SnapshotFile): AsyncGenerator<SnapshotItem> {
	let items: SnapshotItem[] = [];
	let database = 0;
	const damaged = (what: string) =>
		new IntegrityError(`The snapshot is damaged: ${what}.`, { hint: 'Use another backup.' });
	const reader = new CommandReader(
		{
			passesBy: () => false,
			piece: () => undefined,
			command: (words) => {
				const command = String(words[0]);
				if (command === WORDS.select) database = Number(words[1]);
				else if (command === WORDS.functions) {
					items.push({ kind: 'functions', payload: wordOf(words, PAYLOAD_INDEX.functions) });
				} else if (command === WORDS.restore) items.push(keyOf(words, database));
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
		return {
			...{ kind: 'key', database: inDatabase, key: wordOf(words, 1) },
			payload: wordOf(words, PAYLOAD_INDEX.restore),
			...(expireAt > 0 && { expireAt }),
		};
	};
	for await (const chunk of file.reader() as AsyncIterable<Buffer>) {
		reader.push(chunk);
		yield* items;
		items = [];
	}
	reader.end();
}
