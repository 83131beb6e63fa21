import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { ConfigurationError, DisasterRecoveryError, RestoreError } from '../../../errors';
import { cancelled } from '../../../repository/cancellation';
import { reasonOf } from '../../../repository/reason';
import { isAboutScratch } from '../failure';
import type { PgliteSession } from './pglite-client';

const HINT =
	'Set a scratch server for the restore test. The backup itself may be well: verify it at the level readable.';
/** A lost connection is noticed before the end of the process that caused it. */
const ENDING_MS = 2_000;

/** What a failure of a test in process means: where it is about the test database, it says so. */
export async function explainPgliteFailure(
	error: unknown,
	{ process, fault }: Pick<PgliteSession, 'process' | 'fault'>,
	signal: AbortSignal | undefined,
): Promise<unknown> {
	if (signal?.aborted) return cancelled('The verification');
	if (isAboutScratch(error)) {
		return new ConfigurationError(
			`The restore test cannot be done in process. ${reasonOf(error)}`,
			{ hint: HINT, cause: error },
		);
	}
	if (error instanceof DisasterRecoveryError || error instanceof DatabaseError) return error;
	await Promise.race([process.ended, sleep(ENDING_MS, undefined, { ref: false })]);
	const how = fault();
	if (how === undefined) return error;
	return new RestoreError(`The restore test broke off: the test database ${how}.`, {
		hint: `It may have had too little memory. ${HINT}`,
		cause: error,
	});
}
