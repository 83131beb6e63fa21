import { ConfigurationError } from '../../errors';
import { ZIP } from './zip-format';

/**
 * The path as a ZIP holds it, without a leading slash. Throws `ConfigurationError` for one that would
 * leave the folder into which somebody unpacks it, or that not every system can have.
 */
export function assertPathInZip(text: string): string {
	const path = text.startsWith('/') ? text.slice(1) : text;
	const steps = path.split('/');
	const isSafe = steps.every((step) => step !== '' && step !== '.' && step !== '..');
	const isShort = Buffer.byteLength(path) <= ZIP.maxPathBytes;
	if (isSafe && isShort && !/[\\\0]/.test(path) && !/^[A-Za-z]:/.test(path)) return path;
	throw new ConfigurationError(`${JSON.stringify(text.slice(0, 200))} cannot be a path in a ZIP.`, {
		hint: 'Use names with slashes between them, without "..", for example assets/main.css.',
	});
}
