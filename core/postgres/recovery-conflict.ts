/** What to do about a standby that had to choose between a backup and following its primary. */
export const RECOVERY_CONFLICT_HINT =
	'Raise max_standby_streaming_delay on the standby above the time that a backup takes, or back up the primary.';

/** Whether a server's words say that a standby could not replay a change while this was going on. */
export function isRecoveryConflict(message: string): boolean {
	return message.includes('conflict with recovery');
}
