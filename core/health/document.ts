import { UNITS } from './duration-words';
import { type CheckResult, type HealthStatus, type ConditionResult, worst } from './result';

/** One check in a health document; the names are those of `application/health+json`. */
export interface HealthDocumentCheck {
	componentId: string;
	componentType: string;
	/** Left out where it could not be measured. */
	observedValue?: boolean | number | string;
	observedUnit?: string;
	status: HealthStatus;
	affectedEndpoints: string[];
	time: string;
	/** What was seen, in a sentence; with the conditions that were not met. */
	output: string;
	conditions: ConditionResult[];
	attempts: number;
}

/** A document in the format `application/health+json` of the draft by Nadareishvili, with a few fields more. */
export interface HealthDocument {
	status: HealthStatus;
	description: string;
	/** What is not well, one sentence for each check; left out when all is. */
	output?: string;
	notes: string[];
	checks: Record<string, HealthDocumentCheck[]>;
	startedAt: string;
	finishedAt: string;
	/** Only after waiting. */
	rounds?: number;
	/** Only after waiting: the rounds in a row, up to the last, in which nothing failed. */
	stableRounds?: number;
	/** Only after waiting with success: the end of the first of those rounds. It ends the recovery time. */
	healthySince?: string;
}

export interface RunFacts {
	readonly startedAt: Date;
	readonly rounds?: number;
	readonly stableRounds?: number;
	readonly healthySince?: Date;
	/** The time was up before this many rounds in a row were without a failure. */
	readonly deadlinePassed?: { readonly stableRounds: number };
}

export function healthDocument(results: readonly CheckResult[], facts: RunFacts): HealthDocument {
	const { rounds, stableRounds, healthySince, deadlinePassed } = facts;
	const late =
		deadlinePassed &&
		`The deadline passed after ${stableRounds ?? 0} of ${deadlinePassed.stableRounds} rounds in a row without a failure.`;
	const unwell = results.filter(({ status }) => status !== 'pass');
	const sentences = unwell.map((result) => `${result.check.name}: ${outputOf(result)}`);
	const output = [...(late ? [late] : []), ...sentences].join(' ');
	return {
		status: late ? 'fail' : worst(results.map(({ status }) => status)),
		description: summary(results),
		...(output !== '' && { output }),
		notes: unwell.map(({ check, status }) => `${check.name}: ${status}`),
		checks: checksOf(results),
		startedAt: facts.startedAt.toISOString(),
		finishedAt: new Date().toISOString(),
		...(rounds !== undefined && { rounds }),
		...(stableRounds !== undefined && { stableRounds }),
		...(healthySince && { healthySince: healthySince.toISOString() }),
	};
}

function summary(results: readonly CheckResult[]): string {
	const count = (wanted: HealthStatus) => results.filter(({ status }) => status === wanted).length;
	const checks = results.length === 1 ? '1 check' : `${results.length} checks`;
	return `${checks}: ${count('pass')} pass, ${count('warn')} warn, ${count('fail')} fail`;
}

function checksOf(results: readonly CheckResult[]): HealthDocument['checks'] {
	const checks = new Map<string, HealthDocumentCheck[]>();
	for (const result of results) {
		const { name, kind } = result.check;
		// The draft keeps the colon for itself.
		const key = `${name.replaceAll(':', ' ')}:${kind.measurement.name}`;
		checks.set(key, [...(checks.get(key) ?? []), checkOf(result)]);
	}
	return Object.fromEntries(checks);
}

function checkOf(result: CheckResult): HealthDocumentCheck {
	const { check } = result;
	return {
		componentId: check.name,
		componentType: check.kind.componentType,
		...measured(result),
		status: result.status,
		affectedEndpoints: [check.target],
		time: result.at.toISOString(),
		output: outputOf(result),
		conditions: [...result.conditions],
		attempts: result.attempts,
	};
}

function measured({ check, observation }: CheckResult): Partial<HealthDocumentCheck> {
	const { placeholder, unit } = check.kind.measurement;
	const value = observation.values[placeholder];
	if (value === undefined || typeof value === 'object') return {};
	if (unit === undefined) return { observedValue: value };
	const isDuration = typeof value === 'number' && check.kind.vocabulary[placeholder] === 'duration';
	const observedValue = isDuration ? Math.floor(value / (UNITS.get(unit) ?? 1)) : value;
	return { observedValue, observedUnit: unit };
}

function outputOf({ observation, conditions }: CheckResult): string {
	// Of a target that does not answer, that is all there is to say; what it misses is in the conditions.
	const isSilent = observation.values.CONNECTED === false;
	const missed = conditions
		.filter(({ met }) => !met && !isSilent)
		.map(({ expected, seen }) => `expected ${expected}, seen ${seen}`);
	return `${[observation.text, ...missed].join('; ')}.`;
}
