import type { DatabaseError } from 'pg';
import { RestoreError } from '../../errors';
import type { TocEntry } from '../archive/toc';

/** The server refused a part of the archive. */
export class RestoreStatementError extends RestoreError {
	/** E.g. `TABLE DATA` and `shop.order`. */
	readonly entry: { readonly kind: string; readonly name: string };
	readonly sqlState: string | undefined;
	/** Row of the table, where the server names one. */
	readonly line: number | undefined;
	/** First column of trouble within a row, or the context that the server gives. */
	readonly where: string | undefined;

	constructor(entry: TocEntry, cause: DatabaseError) {
		const name = entryName(entry);
		const where = withoutValues(cause.where);
		const place = [cause.code && `SQLSTATE ${cause.code}`, where].filter(Boolean).join('; ');
		super(`The restore stopped at ${entry.kind} ${name}: ${cause.message} (${place}).`, {
			hint: hintFor(cause),
			cause,
		});
		this.entry = { kind: entry.kind, name };
		this.sqlState = cause.code;
		this.where = where;
		const [, line] = /, line (\d+)/.exec(where ?? '') ?? [];
		this.line = line === undefined ? undefined : Number(line);
	}
}

export function entryName(entry: TocEntry): string {
	return entry.schema ? `${entry.schema}.${entry.tag}` : entry.tag;
}

/** `COPY t, line 7, column c: "…"` ends in what is in the row, which may be anybody's data. */
function withoutValues(where: string | undefined): string | undefined {
	const first = where?.split('\n')[0];
	return first?.replace(/^(COPY .*?, line \d+(?:, column .*?)?): .*$/, '$1');
}

function hintFor(cause: DatabaseError): string {
	switch (cause.code) {
		case '42704':
			return /^role /.test(cause.message)
				? 'Create the role on the target server, or restore without owners and privileges.'
				: 'Install what is missing on the target server, then restore again.';
		case '0A000':
		case '58P01':
			return 'Install the missing extension on the target server, then restore again.';
		case '42501':
			return 'Use a login with more rights, such as a superuser, for the restore.';
		case '22P05':
		case '22021':
			return 'Restore into a new database, which gets the encoding of the original.';
		case '53100':
			return 'Free disk space on the target server, then restore again.';
		case '53200':
			return 'Raise max_locks_per_transaction or the memory of the target server, then restore again.';
		case '2BP01':
			return 'Something that is not in the backup depends on this; use the mode that replaces by swap.';
		default:
			return 'Nothing was changed. Verify the backup, or restore another one.';
	}
}
