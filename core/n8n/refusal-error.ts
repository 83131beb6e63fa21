import { DisasterRecoveryError } from '../errors';

/** n8n answered, and refused; `reason` is in its own words. */
export class RefusalError extends DisasterRecoveryError {
	constructor(
		readonly status: number,
		readonly reason: string,
		what: string,
		hint: string,
	) {
		super(`n8n answered ${status} to ${what}: ${reason.replace(/\.$/, '')}.`, { hint });
	}
}
