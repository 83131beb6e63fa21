import type { Argument, ServerSession } from './server-session';

const BATCH_COMMANDS = 500;
const BATCH_BYTES = 1024 * 1024;
const BATCHES_UNDER_WAY = 4;

/** A command for the server, with what is to be done about its answer. */
export interface WindowedCommand {
	words: readonly Argument[];
	/** Of the command in bytes, about. */
	size: number;
	onAnswer: (answer: unknown) => void;
	/** By the server, or because the connection is gone. */
	onError: (error: Error) => void;
}

/**
 * Sends commands in batches without waiting for each answer. Holds a few megabytes of them at most;
 * functions may be longer.
 */
export class CommandWindow {
	private batch: WindowedCommand[] = [];
	private batchBytes = 0;
	private readonly underWay = new Set<Promise<void>>();

	constructor(private readonly session: ServerSession) {}

	/** Resolves when there is room for the next one. */
	async send(command: WindowedCommand): Promise<void> {
		if (this.batchBytes + command.size > BATCH_BYTES) await this.flush();
		this.batch.push(command);
		this.batchBytes += command.size;
		if (this.batch.length >= BATCH_COMMANDS || this.batchBytes >= BATCH_BYTES) await this.flush();
	}

	/** Resolves when all answers are there. */
	async drain(): Promise<void> {
		await this.flush();
		await Promise.all(this.underWay);
	}

	private async flush(): Promise<void> {
		const { batch } = this;
		if (batch.length === 0) return;
		const isLong = this.batchBytes > BATCH_BYTES;
		this.batch = [];
		this.batchBytes = 0;
		const answered = this.execute(batch).finally(() => this.underWay.delete(answered));
		this.underWay.add(answered);
		// Of values as long as memory allows there must never be two.
		if (isLong) await Promise.all(this.underWay);
		else if (this.underWay.size >= BATCHES_UNDER_WAY) await Promise.race(this.underWay);
	}

	private async execute(batch: readonly WindowedCommand[]): Promise<void> {
		const pipeline = this.session.client.pipeline();
		for (const { words } of batch) {
			const [command, ...rest] = words;
			pipeline.call(this.session.nameOf(String(command)), ...rest);
		}
		const lost = (error: unknown) => batch.map((): [Error, unknown] => [asError(error), undefined]);
		const answers = (await pipeline.exec().catch(lost)) ?? [];
		batch.forEach(({ onAnswer, onError }, at) => {
			const [error, answer] = answers[at] ?? [new Error('The connection was lost')];
			if (error) onError(error);
			else onAnswer(answer);
		});
	}
}

function asError(error: unknown): Error {
	return error instanceof Error ? error : new Error(String(error));
}
