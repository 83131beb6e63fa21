const MARK = { done: '✔', failed: '✘', note: '·' };

/** Tells on the console, a line a step, what is going on and how long it took. */
export class Progress {
	private readonly startedAt = Date.now();

	/** Runs one step. Its line appears when it is over; a terminal shows the step while it runs. */
	readonly step = async <Result>(title: string, work: () => Promise<Result>): Promise<Result> => {
		const startedAt = Date.now();
		if (process.stdout.isTTY) process.stdout.write(`         … ${title}`);
		try {
			const result = await work();
			this.line(MARK.done, title, startedAt);
			return result;
		} catch (error) {
			this.line(MARK.failed, title, startedAt);
			throw error;
		}
	};

	/** News from within a long step. */
	readonly note = (text: string): void => this.line(MARK.note, text, this.startedAt);

	private line(mark: string, text: string, since: number): void {
		const seconds = ((Date.now() - since) / 1000).toFixed(1).padStart(6);
		// The escape sequence takes away the line of the running step.
		process.stdout.write(
			`${process.stdout.isTTY ? '\r\u001b[K' : ''}${seconds} s  ${mark} ${text}\n`,
		);
	}
}
