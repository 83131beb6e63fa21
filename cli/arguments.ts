import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { UsageError } from './usage-error';

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
	typeof parseArgs<{ args: string[]; options: Options }>
>['values'];

/** The options in `args`. Throws `UsageError` for what is unknown, incomplete or too much. */
export function parseOptions<const Options extends ParseArgsOptionsConfig>(
	args: string[],
	options: Options,
): Values<Options> {
	try {
		return parseArgs({ args, options }).values;
	} catch (error) {
		if (!(error instanceof TypeError)) throw error;
		const [reason = ''] = error.message.split(/[.\n]/);
		throw new UsageError(`${reason}.`, {
			hint: 'See --help. Passwords and keys are never options: everybody on the machine could read them there.',
		});
	}
}

/** What stands in front of the options, and the rest. */
export function takeWord([word, ...rest]: string[]): [string | undefined, string[]] {
	if (word === undefined) return [undefined, rest];
	return word.startsWith('-') ? [undefined, [word, ...rest]] : [word, rest];
}

/** The value of an option that has to be given. */
export function required(value: string | undefined, option: string, example: string): string {
	if (value !== undefined && value.trim() !== '') return value.trim();
	throw new UsageError(`The option --${option} is missing.`, {
		hint: `Add it, for example: --${option} ${example}`,
	});
}

/** One of a few words. */
export function oneOf<const Word extends string>(
	value: string | undefined,
	option: string,
	words: readonly Word[],
): Word | undefined {
	if (value === undefined) return undefined;
	const word = words.find((known) => known === value);
	if (word !== undefined) return word;
	throw new UsageError(`--${option} cannot be ${JSON.stringify(value)}.`, {
		hint: `It takes one of these: ${words.join(', ')}.`,
	});
}

/** A whole number within limits. */
export function wholeNumber(
	value: string | undefined,
	option: string,
	{ from, to }: { from: number; to: number },
): number | undefined {
	if (value === undefined) return undefined;
	const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
	if (number >= from && number <= to) return number;
	throw new UsageError(`--${option} cannot be ${JSON.stringify(value)}.`, {
		hint: `It takes a whole number from ${from} to ${to}.`,
	});
}
