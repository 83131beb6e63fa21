import type { Client } from 'pg';
import { from as copyFrom, type CopyStreamQuery } from 'pg-copy-streams';

/** Feeds the rows of one table to the server, no faster than it takes them. */
export class TableLoader {
	private readonly stream: CopyStreamQuery;
	private failure: Error | undefined;
	private fail: (error: Error) => void = () => undefined;

	/** `statement` is a `COPY … FROM stdin`. */
	constructor(client: Client, statement: string) {
		this.stream = client.query(copyFrom(statement));
		this.stream.on('error', (error) => {
			this.failure = error;
			this.fail(error);
		});
	}

	/** One call at a time. Rejects with the server's error as soon as it has said no. */
	write(rows: Buffer): Promise<void> {
		return this.settle((done) => this.stream.write(rows, done));
	}

	/** Resolves with the number of rows once the server has taken the last one. */
	async end(): Promise<number> {
		await this.settle((done) => this.stream.end(done));
		return this.stream.rowCount;
	}

	/** The server's refusal arrives as an event of its own, without the callback of a write. */
	private settle(act: (done: (error?: Error | null) => void) => void): Promise<void> {
		return new Promise((resolve, reject) => {
			if (this.failure) {
				reject(this.failure);
				return;
			}
			this.fail = reject;
			act((error) => (error ? reject(error) : resolve()));
		});
	}
}
