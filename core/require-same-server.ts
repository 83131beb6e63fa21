import { ConfigurationError } from './errors';

/**
 * Throws `ConfigurationError` where another server answers than the one that was identified before.
 *
 * @param found and `wanted`: as *Identify Server* says them
 * @param described such as `Redis server at 127.0.0.1:6379`
 */
export function requireSameServer(found: string, wanted: string, described: string): void {
	if (found === wanted) return;
	throw new ConfigurationError(
		`The ${described} is not the one that was meant. Nothing was changed.`,
		{
			hint: 'Choose the same credential here and where the server was identified. One that was started again has to be identified again.',
		},
	);
}
