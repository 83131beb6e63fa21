import { IntegrityError } from '../errors';

/** Throws `IntegrityError` that names the problems that a verification has found, if any. */
export function requirePassed({ id }: { id: string }, problems: readonly string[]): void {
	if (problems.length === 0) return;
	throw new IntegrityError(`The backup ${id} did not pass: ${problems.join(' ')}`, {
		hint: 'Make a new backup now. To restore, use another copy or an older backup.',
	});
}
