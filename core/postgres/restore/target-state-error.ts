import { RestoreError } from '../../errors';

/** A failure whose message says by itself what has become of the target; nothing is cleaned up. */
export class TargetStateError extends RestoreError {}
