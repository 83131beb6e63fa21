import type { PreparedCheck } from './check';
import type { Condition } from './conditions/condition';
import { evaluate } from './conditions/evaluate';
import type { Observation } from './observation';
import { showCondition, showSeen } from './show';

export type HealthStatus = 'fail' | 'pass' | 'warn';

export interface ConditionResult {
	readonly expected: string;
	readonly seen: string;
	readonly met: boolean;
	/** What follows when it is not met. */
	readonly otherwise: 'fail' | 'warn';
}

/** What came of one check; all of it is fit to be shown. */
export interface CheckResult {
	readonly check: PreparedCheck;
	readonly status: HealthStatus;
	readonly observation: Observation;
	readonly conditions: readonly ConditionResult[];
	/** When it was seen. */
	readonly at: Date;
	/** How often the target was probed. */
	readonly attempts: number;
}

export function judge(
	check: PreparedCheck,
	observation: Observation,
	seen: { at: Date; attempts: number },
): CheckResult {
	const results = (conditions: readonly Condition[], otherwise: ConditionResult['otherwise']) =>
		conditions.map((condition) => {
			const verdict = evaluate(condition, observation);
			const shown = showSeen(condition, verdict.seen);
			return { expected: showCondition(condition), seen: shown, met: verdict.met, otherwise };
		});
	const conditions = [...results(check.fail, 'fail'), ...results(check.warn, 'warn')];
	const missed = conditions.filter(({ met }) => !met);
	return {
		...{ check, observation, conditions, ...seen },
		status: worst(missed.map(({ otherwise }) => otherwise)),
	};
}

/** The status of a whole by those of its parts. */
export function worst(statuses: readonly HealthStatus[]): HealthStatus {
	if (statuses.includes('fail')) return 'fail';
	return statuses.includes('warn') ? 'warn' : 'pass';
}
