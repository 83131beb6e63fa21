import { type Check, prepareChecks } from './check';
import { healthDocument, type HealthDocument } from './document';
import { runChecks, type RunOptions } from './run-checks';

/**
 * Runs all checks once. Throws `ConfigurationError` before anything is checked, and `CancelledError`; a
 * target that is down is told in the document.
 */
export async function checkOnce(
	checks: readonly Check[],
	options: Omit<RunOptions, 'deadline'>,
): Promise<HealthDocument> {
	const prepared = prepareChecks(checks);
	const startedAt = new Date();
	return healthDocument(await runChecks(prepared, options), { startedAt });
}
