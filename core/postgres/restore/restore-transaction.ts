import { type Client, DatabaseError } from 'pg';
import { CommitUnknownError } from './commit-unknown-error';

/** The transaction of a restore, or one after the other where they may have so many statements only. */
export class RestoreTransaction {
	private statements = 0;

	private constructor(
		private readonly client: Client,
		private readonly limit: number,
	) {}

	static async begin(client: Client, limit = Infinity): Promise<RestoreTransaction> {
		await client.query('BEGIN');
		return new RestoreTransaction(client, limit);
	}

	/** To be called before each statement. */
	async makeRoom(): Promise<void> {
		if (this.statements >= this.limit) {
			await this.client.query('COMMIT');
			await this.client.query('BEGIN');
			this.statements = 0;
		}
		this.statements++;
	}

	/** Rejects with `CommitUnknownError` where the connection is lost meanwhile. */
	async commit(): Promise<void> {
		try {
			await this.client.query('COMMIT');
		} catch (error) {
			// With a refusal the server has undone it; without an answer nobody knows.
			const refused = error instanceof DatabaseError && !error.code?.startsWith('57');
			throw refused ? error : new CommitUnknownError(error);
		}
	}
}
