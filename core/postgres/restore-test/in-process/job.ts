/** What the process of a test database is told at its start; there is nothing secret in it. */
export interface PgliteJob {
	/** `serve`: lets a client talk to the database. `create`: makes an empty one, and ends. */
	readonly task: 'serve' | 'create';
	/** A folder that holds a database, or an empty one. */
	readonly dataDirectory: string;
	/** Extensions to offer, as `CREATE EXTENSION` names them. */
	readonly extensions: readonly string[];
	/** Setting `max_locks_per_transaction`: one transaction locks everything that it creates. */
	readonly locksPerTransaction: number;
}

/** Number of the file descriptor on which the process talks to its client. */
export const WIRE_DESCRIPTOR = 3;
