import { z } from 'zod';
import { ConfigurationError } from '../../core/errors';

const names = z.record(z.string(), z.string().trim().min(1));

/**
 * Reads the field "Renamed Commands" of the Redis credential: lines such as `SYNC=SYNC-7f3a`, or the
 * same as JSON. Nothing where it is empty. The new names are half a secret: no message repeats them.
 */
export function readRenamedCommands(text: string): Record<string, string> | undefined {
	if (text.trim() === '') return undefined;
	const parsed = names.safeParse(text.trim().startsWith('{') ? parseJson(text) : parseLines(text));
	if (!parsed.success) throw unreadable();
	return Object.fromEntries(
		Object.entries(parsed.data).map(([command, name]) => [command.trim().toUpperCase(), name]),
	);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw unreadable();
	}
}

function parseLines(text: string): Record<string, string> {
	const lines = text.split('\n').filter((line) => line.trim() !== '');
	return Object.fromEntries(
		lines.map((line) => {
			const [, command, name] = /^\s*([\w|]+)\s*=(.*)$/.exec(line) ?? [];
			if (command === undefined || name === undefined) throw unreadable();
			return [command, name];
		}),
	);
}

function unreadable(): ConfigurationError {
	return new ConfigurationError(
		'The renamed commands of the Redis server credential cannot be read.',
		{ hint: 'Write one a line, for example SYNC=SYNC-7f3a, or JSON: {"SYNC": "SYNC-7f3a"}.' },
	);
}
