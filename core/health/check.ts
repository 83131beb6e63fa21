import { ConfigurationError } from '../errors';
import type { Condition } from './conditions/condition';
import { parseCondition } from './conditions/parse';
import { ConditionSyntaxError } from './conditions/syntax-error';
import type { Observation } from './observation';
import type { CheckKind, Vocabulary } from './vocabulary';

/** One thing to look at, and what has to be seen there. */
export interface Check {
	/** As people know it, e.g. `Website`. */
	readonly name: string;
	/** What is looked at, without secrets, e.g. `https://example.com/health`. */
	readonly target: string;
	readonly kind: CheckKind;
	/**
	 * Looks once. What it rejects with as a `ConnectionError` or another error of this package but a
	 * `ConfigurationError` counts as seen: the target does not answer. It ends at once on `signal`, and
	 * asks no server to work for longer than `timeoutMs`.
	 */
	readonly probe: (signal: AbortSignal, timeoutMs: number) => Promise<Observation>;
	/** Conditions without which the check fails; without any, those of its kind are used. */
	readonly fail: readonly string[];
	/** Conditions without which it warns; without any and without `fail`, those of its kind are used. */
	readonly warn: readonly string[];
	/** How long one probe can take, in milliseconds. */
	readonly timeoutMs: number;
}

/** A check whose conditions were understood. */
export interface PreparedCheck extends Omit<Check, 'fail' | 'warn'> {
	readonly fail: readonly Condition[];
	readonly warn: readonly Condition[];
}

/**
 * Understands all conditions of all checks. Throws `ConfigurationError` with check, line and column of
 * the first one that cannot be used.
 */
export function prepareChecks(checks: readonly Check[]): PreparedCheck[] {
	if (checks.length === 0) {
		throw new ConfigurationError('There is nothing to check.', {
			hint: 'Add a check to the node. Without one, nothing can be said to be healthy.',
		});
	}
	return checks.map((check) => {
		const { defaults } = check.kind;
		const [fail, warn] = [written(check.fail), written(check.warn)];
		const isPlain = fail.length + warn.length === 0;
		return {
			...check,
			fail: parseAll(check, 'Fail Unless', fail.length > 0 ? check.fail : defaults.fail),
			warn: parseAll(check, 'Warn Unless', isPlain ? defaults.warn : check.warn),
		};
	});
}

function written(conditions: readonly string[]): string[] {
	return conditions.filter((text) => text.trim() !== '');
}

function parseAll(
	{ name, kind }: Check,
	field: string,
	conditions: readonly string[],
): Condition[] {
	return conditions.flatMap((text, index) => {
		if (text.trim() === '') return [];
		try {
			return [parseCondition(text, kind.vocabulary)];
		} catch (error) {
			if (!(error instanceof ConditionSyntaxError)) throw error;
			const where = `line ${index + 1}, column ${error.column}`;
			throw new ConfigurationError(
				`A condition of the check "${name}" cannot be used: ${error.message} (${field}, ${where}). Nothing was checked.`,
				{ hint: `Correct it. This kind of check has ${namesOf(kind.vocabulary)}.` },
			);
		}
	});
}

function namesOf(vocabulary: Vocabulary): string {
	return Object.keys(vocabulary)
		.map((name) => `[${name}]`)
		.join(', ');
}
