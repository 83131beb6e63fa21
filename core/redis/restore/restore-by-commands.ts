import { RestoreError } from '../../errors';
import { cancelled } from '../../repository/cancellation';
import { CommandWindow } from './command-window';
import { keySelector, shownKey, type KeySelection } from './key-selection';
import { isAtLeast } from './rdb-compatibility';
import { type LongCommand, LongValueSender } from './long-value-sender';
import { requireAbsent } from './require-absent';
import { requireCommandRights } from './rights';
import type { Argument, ServerSession } from './server-session';
import type { FunctionItem, FunctionsItem, KeyItem, SnapshotItem } from './snapshot-items';

export interface CommandsRequest {
	session: ServerSession;
	/** From the beginning, each time that it is called. */
	items: () => AsyncIterable<SnapshotItem>;
	selection: KeySelection;
	/** What happens where a key is there already: `fail` is found out before anything was changed. */
	existing: 'replace' | 'fail';
	/** Whether `items` may bring a key twice. */
	mayRepeat: boolean;
	/** Remove all that is there first, in the selected databases. */
	flush: boolean;
	functions: boolean;
	/** Whether there are any. */
	hasFunctions: boolean;
	/** Whether the server has some of its own; one that is too old for them has none. */
	serverHasFunctions: boolean;
	redisVersion: string;
	/** Longest string that the server takes, in bytes. */
	longestString: number;
	onProgress?: (keys: number) => void;
	signal?: AbortSignal;
}

/** What the server has confirmed, key by key. */
export interface CommandsOutcome {
	/** Per database. */
	restored: ReadonlyMap<number, number>;
	/** Commands that restored libraries of functions. */
	functions: number;
	/** Left out, because they would have expired by now. */
	expired: number;
	/** Left out by the selection. */
	notSelected: number;
}

/** A restore by commands that ended in the middle; `outcome` is what it had done. */
export class PartialRestoreError extends RestoreError {
	constructor(
		message: string,
		readonly outcome: CommandsOutcome,
		options: { hint: string; cause?: unknown },
	) {
		super(message, options);
	}
}

/**
 * Restores key by key, each at once and completely, while others may read and write. It is not one
 * step: who fails or is cancelled in the middle leaves `PartialRestoreError` or `CancelledError`, whose
 * message says how far it came. Rejects with `ConflictError` before anything was changed where keys
 * exist that must not.
 */
export async function restoreByCommands(request: CommandsRequest): Promise<CommandsOutcome> {
	await requireCommandRights(request.session, {
		key: await firstKey(request),
		functions: request.functions && request.hasFunctions,
	});
	if (request.existing === 'fail' && !request.flush) await requireAbsent(request);
	return await new CommandsRun(request).execute();
}

class CommandsRun {
	private readonly window: CommandWindow;
	private readonly restored = new Map<number, number>();
	private keys = 0;
	private functions = 0;
	private expired = 0;
	private notSelected = 0;
	private database: number | undefined;
	private refused: { what: string; error: Error } | undefined;
	private readonly longValues: LongValueSender;

	constructor(private readonly request: CommandsRequest) {
		this.window = new CommandWindow(request.session);
		this.longValues = new LongValueSender(request.session.server);
	}

	async execute(): Promise<CommandsOutcome> {
		const { request } = this;
		if (request.flush) await removeEverything(request);
		const isSelected = keySelector(request.selection);
		try {
			for await (const item of request.items()) {
				if (request.signal?.aborted || this.refused) break;
				if (item.kind !== 'key') await this.restoreFunctions(item);
				else if (isSelected(item)) await this.restoreKey(item);
				else this.notSelected++;
			}
		} catch (error) {
			this.refuse('the next key', error as Error);
		}
		await this.window.drain();
		this.longValues.close();
		if (request.signal?.aborted) throw this.wasCancelled();
		if (this.refused) throw this.failed(this.refused);
		return this.outcome;
	}

	private get outcome(): CommandsOutcome {
		const { restored, functions, expired, notSelected } = this;
		return { restored, functions, expired, notSelected };
	}

	private async restoreFunctions(item: FunctionItem | FunctionsItem): Promise<void> {
		if (!this.request.functions) return;
		const words: Argument[] =
			item.kind === 'function'
				? ['LOAD', 'REPLACE', item.code]
				: ['RESTORE', item.payload, 'REPLACE'];
		await this.window.send({
			words: ['FUNCTION', ...words],
			size: item.kind === 'function' ? item.code.length : item.payload.length,
			onAnswer: () => this.functions++,
			onError: (error) => this.refuse('the functions', error),
		});
	}

	private async restoreKey(item: KeyItem): Promise<void> {
		const { database, key, payload, expireAt } = item;
		const bytes = Buffer.isBuffer(payload) ? payload.length : payload.bytes;
		if (expireAt !== undefined && expireAt <= Date.now()) {
			this.expired++;
			return;
		}
		const what = `key ${shownKey(key)} of database ${database}`;
		if (bytes > this.request.longestString) {
			this.refuse(what, tooLong(bytes));
			return;
		}
		const { before, after } = this.wordsAround(item);
		if (!Buffer.isBuffer(payload)) {
			await this.restoreLong(what, { database, before, payload, after });
			return;
		}
		await this.select(database);
		await this.window.send({
			words: [...before, payload, ...after],
			size: key.length + bytes,
			onAnswer: () => this.confirm(database),
			onError: (error) => this.refuse(what, error),
		});
	}

	private async restoreLong(what: string, command: LongCommand): Promise<void> {
		// A key that comes twice ends with what it had last.
		await this.window.drain();
		if (this.refused) return;
		try {
			await this.longValues.send(command, this.request.signal);
			this.confirm(command.database);
		} catch (error) {
			this.refuse(what, error as Error);
		}
	}

	private confirm(database: number): void {
		this.restored.set(database, (this.restored.get(database) ?? 0) + 1);
		this.request.onProgress?.(++this.keys);
	}

	/** By itself: if it failed among others, those behind it would end up in another database. */
	private async select(database: number): Promise<void> {
		if (this.database === database) return;
		await this.window.drain();
		await this.request.session.call('SELECT', database);
		this.database = database;
	}

	/** What stands before and behind the value. */
	private wordsAround({ key, expireAt, idleSeconds, frequency }: KeyItem): {
		before: Argument[];
		after: Argument[];
	} {
		const { redisVersion, existing, mayRepeat } = this.request;
		const replace = existing === 'replace' || mayRepeat ? ['REPLACE'] : [];
		if (!isAtLeast(redisVersion, 5, 0)) {
			const left = expireAt === undefined ? 0 : Math.max(1, expireAt - Date.now());
			return { before: ['RESTORE', key, left], after: replace };
		}
		return {
			before: ['RESTORE', key, expireAt ?? 0],
			after: [
				...[...replace, 'ABSTTL'],
				...(idleSeconds === undefined ? [] : ['IDLETIME', idleSeconds]),
				...(frequency === undefined ? [] : ['FREQ', frequency]),
			],
		};
	}

	private refuse(what: string, error: Error): void {
		this.refused ??= { what, error };
	}

	private failed({ what, error }: { what: string; error: Error }): PartialRestoreError {
		return new PartialRestoreError(
			`The restore stopped at ${what}: ${error.message.replace(/\.$/, '')}. ${this.progress()}`,
			this.outcome,
			{
				hint: 'Mend the cause, then run it again with existing keys replaced; or restore the safety snapshot.',
				cause: error,
			},
		);
	}

	private wasCancelled() {
		const error = cancelled('The restore');
		error.message = `${error.message} ${this.progress()}`;
		return error;
	}

	/** How far it came, in a sentence. */
	private progress(): string {
		const parts = [...this.restored].map(([database, keys]) => `${keys} in database ${database}`);
		const done = parts.length === 0 ? 'No key was restored' : `Restored: ${parts.join(', ')}`;
		return `${done}${this.request.flush ? '; what was there before was removed' : ''}.`;
	}
}

/** Any key that would be restored: what the account may do can depend on the name. */
async function firstKey({ items, selection }: CommandsRequest): Promise<Buffer | undefined> {
	const isSelected = keySelector(selection);
	for await (const item of items()) {
		if (item.kind === 'key' && isSelected(item)) return item.key;
	}
	return undefined;
}

async function removeEverything(request: CommandsRequest): Promise<void> {
	const { session, selection } = request;
	for (const database of selection.databases ?? []) {
		await session.call('SELECT', database);
		await session.call('FLUSHDB', 'ASYNC');
	}
	if (selection.databases) return;
	// The keys last: where one of the two is not allowed, they are still there.
	if (request.functions && request.serverHasFunctions) {
		await session.call('FUNCTION', 'FLUSH', 'ASYNC');
	}
	await session.call('FLUSHALL', 'ASYNC');
}

function tooLong(bytes: number): Error {
	return new Error(
		`its value takes ${bytes.toLocaleString('en-US')} bytes, more than the server takes in one command (proto-max-bulk-len)`,
	);
}
