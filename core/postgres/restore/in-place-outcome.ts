import { connectForLong } from '../long-session';
import { cleanUp } from './cleanup';
import type { CommitUnknownError } from './commit-unknown-error';
import type { RestoreRun } from './restore-run';
import { TargetStateError } from './target-state-error';

/** A restore in place creates every relation anew; those of other sessions' own come and go. */
const RELATIONS = `SELECT md5(string_agg(oid::text, ',' ORDER BY oid)) AS relations
	FROM pg_catalog.pg_class WHERE relpersistence <> 't' AND relkind <> 't' AND oid >= 16384`;

/** Tells one state of the target's relations from another. */
export async function readRelations({ server, purpose, database, signal }: RestoreRun) {
	const client = await connectForLong(server, { purpose, database, signal });
	try {
		const { rows } = await client.query<{ relations: string | null }>(RELATIONS);
		return rows[0]?.relations ?? '';
	} finally {
		await client.end();
	}
}

/**
 * What to throw for a restore in place whose commit got no answer: `cause` where the relations are
 * those of `before`, so that nothing was committed, else a `TargetStateError`. Never rejects.
 */
export async function explainLostCommit(
	run: RestoreRun,
	before: string,
	cause: CommitUnknownError,
): Promise<Error> {
	const { server, database, purpose } = run;
	try {
		// A session that is still at work could commit after the look at it.
		const isOver = await cleanUp(server, { database, purpose });
		const late = { ...run, signal: undefined };
		if (isOver && (await readRelations(late)) === before) return cause;
	} catch {
		// The server cannot be asked: then it is unknown.
	}
	return new TargetStateError(
		`The connection was lost while the restored content of database ${database} was committed; whether it was is unknown.`,
		{
			hint: 'Look into the database when the server is back: it has either the old content or that of the backup, and nothing in between.',
			cause,
		},
	);
}
