/**
 * The errors that `core/` throws. `message` says what happened, `hint` what to do next; neither ever
 * holds a secret. A class exists where a caller or a person has to act differently.
 */
export class DisasterRecoveryError extends Error {
	/** What the reader can do about it; one or two sentences. */
	readonly hint: string;

	constructor(message: string, options: { hint: string; cause?: unknown }) {
		super(message, { cause: options.cause });
		this.name = new.target.name;
		this.hint = options.hint;
	}
}

/** A setting or input cannot work; found before anything was touched. */
export class ConfigurationError extends DisasterRecoveryError {}

/** A server or store cannot be reached, or refuses the login or its certificate is refused. */
export class ConnectionError extends DisasterRecoveryError {}

/** What was asked for is not there. */
export class NotFoundError extends DisasterRecoveryError {}

/** Something is there already, or somebody else is at it right now; nothing was overwritten. */
export class ConflictError extends DisasterRecoveryError {}

/** Bytes are not what they were when they were backed up: flipped, missing, extra or malformed. */
export class IntegrityError extends DisasterRecoveryError {}

/** The bytes are whole, but the key or passphrase at hand does not open them. */
export class WrongKeyError extends DisasterRecoveryError {}

/** A store failed; the message names the copies that exist and those that do not. */
export class StoreError extends DisasterRecoveryError {}

/** The source could not be backed up; nothing was committed. */
export class BackupError extends DisasterRecoveryError {}

/** A restore did not succeed; the message says what state the target is in. */
export class RestoreError extends DisasterRecoveryError {}

/** The run was cancelled, and has cleaned up after itself. */
export class CancelledError extends DisasterRecoveryError {}
