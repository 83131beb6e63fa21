import { ConflictError } from '../../errors';
import { cancelled } from '../../repository/cancellation';
import { CommandWindow } from './command-window';
import { keySelector, shownKey, type KeySelection } from './key-selection';
import type { ServerSession } from './server-session';
import type { SnapshotItem } from './snapshot-items';

const NAMED_KEYS = 5;

/** Finds out without changing anything whether a key to restore is there. */
export async function requireAbsent(request: {
	session: ServerSession;
	items: () => AsyncIterable<SnapshotItem>;
	selection: KeySelection;
	signal?: AbortSignal;
}): Promise<void> {
	const window = new CommandWindow(request.session);
	const isSelected = keySelector(request.selection);
	const found: string[] = [];
	let count = 0;
	let selected: number | undefined;
	let failure: Error | undefined;
	const onError = (error: Error) => void (failure ??= error);
	for await (const item of request.items()) {
		if (request.signal?.aborted) throw cancelled('The restore');
		if (item.kind !== 'key' || !isSelected(item)) continue;
		const { database, key } = item;
		if (selected !== database) {
			selected = database;
			await window.send({
				words: ['SELECT', database],
				size: 0,
				onAnswer: () => undefined,
				onError,
			});
		}
		await window.send({
			words: ['EXISTS', key],
			size: key.length,
			onAnswer: (answer) => {
				if (answer !== 1) return;
				if (count++ < NAMED_KEYS) found.push(`${shownKey(key)} in database ${database}`);
			},
			onError,
		});
	}
	await window.drain();
	if (failure) throw failure;
	if (count === 0) return;
	const more = count > found.length ? `, and ${count - found.length} more` : '';
	throw new ConflictError(`Keys to restore are there already: ${found.join(', ')}${more}.`, {
		hint: 'Let existing keys be replaced, or choose other keys. Nothing was changed.',
	});
}
