import { IntegrityError } from '../../errors';

/** The bytes are not an archive that pg_dump finished; `what` completes "The dump is damaged: …". */
export function malformed(what: string): IntegrityError {
	return new IntegrityError(`The dump is damaged: ${what}.`, {
		hint: 'Use another backup, or another copy of this one, and check the storage it came from.',
	});
}
