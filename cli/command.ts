import type { Terminal } from './console/terminal';

/** What a command may use of the process that it runs in. */
export interface Surroundings {
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Where a person can be asked; nothing where standard input is none. */
	readonly terminal: Terminal | undefined;
	/** Whether standard error is read by a person as it comes. */
	readonly isWatched: boolean;
	/** Writes a line of the result. */
	print(line: string): void;
	/** Writes a line that is no result: what will be done, how far it is, what went wrong. */
	tell(line: string): void;
	/** Writes over the line that is being shown of how far it is. */
	show(line: string): void;
	/** From now on, Ctrl-C and its like abort this signal instead of ending the process at once. */
	cancellation(): AbortSignal;
}

/** One thing that the program can do. */
export interface Command {
	/** What `--help` prints: the synopsis in its first line, then what it does, its options, an example. */
	readonly usage: string;
	/** Resolves with the exit code. Rejects with the typed errors of `core/`, and with `UsageError`. */
	run(args: string[], surroundings: Surroundings): Promise<number>;
}
