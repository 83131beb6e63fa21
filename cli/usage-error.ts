import { ConfigurationError } from '../core/errors';

/** The command line cannot be carried out; found before anything was touched. */
export class UsageError extends ConfigurationError {}
