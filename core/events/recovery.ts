import type { RestoredBackup } from './event';
import type { Incident } from './merge';

/** What an incident or drill cost, measured; what cannot be known yet is absent. */
export interface Recovery {
	/** Neither healthy again nor closed with an outcome. */
	readonly running: boolean;
	/** RTA: from the start of the impact until the service was healthy again, t5 − t0. */
	readonly rtaSeconds?: number;
	/** The part of it since the incident was declared, t5 − t2. */
	readonly rtaFromDeclaredSeconds?: number;
	/** The restore alone, t4 − t3; what a restore test measures. */
	readonly restoreSeconds?: number;
	/** While it runs: how long the impact has lasted so far. */
	readonly elapsedSeconds?: number;
	/** RPA: t0 − consistency point of the restored backup; the worst where there are several. */
	readonly rpaSeconds?: number;
	/** Set where a restored backup is from after t0: the loss may be greater than it seems. */
	readonly rpaDoubtful?: true;
	/** Sentences about figures that are missing or stand for less than they seem. */
	readonly notes: readonly string[];
}

/** Computes RTA and RPA from the instants that were recorded. */
export function measureRecovery(
	{ instants, outcome, restoredBackups }: Incident,
	now: Date,
): Recovery {
	const { impactStart, declared, restoreStarted, dataRestored, serviceHealthy } = instants;
	const running = serviceHealthy === undefined && outcome === undefined;
	const notes: string[] = [];
	if (impactStart === undefined) {
		notes.push('The start of the impact (t0) is not recorded, so nothing can be measured from it.');
	}
	return {
		running,
		...figure('rtaSeconds', impactStart, serviceHealthy, notes),
		...figure('rtaFromDeclaredSeconds', declared, serviceHealthy, notes),
		...figure('restoreSeconds', restoreStarted, dataRestored, notes),
		...(running && figure('elapsedSeconds', impactStart, now.toISOString(), notes)),
		...recoveryPoint(impactStart, restoredBackups, notes),
		notes,
	};
}

function figure<Name extends string>(
	name: Name,
	from: string | undefined,
	to: string | undefined,
	notes: string[],
): { [key in Name]?: number } {
	if (from === undefined || to === undefined) return {};
	const seconds = secondsBetween(from, to);
	if (seconds >= 0) return { [name]: seconds } as { [key in Name]?: number };
	notes.push('The recorded times contradict each other: a duration would be negative.');
	return {};
}

function recoveryPoint(
	impactStart: string | undefined,
	restored: readonly RestoredBackup[],
	notes: string[],
): Pick<Recovery, 'rpaSeconds' | 'rpaDoubtful'> {
	if (impactStart === undefined || restored.length === 0) return {};
	const losses = restored.map(({ id, consistencyPoint }) => ({
		id,
		seconds: secondsBetween(consistencyPoint, impactStart),
	}));
	const later = losses.filter(({ seconds }) => seconds < 0);
	for (const { id } of later) {
		notes.push(`${id} was made after the impact had begun, and may hold the damage.`);
	}
	return {
		rpaSeconds: Math.max(0, ...losses.map(({ seconds }) => seconds)),
		...(later.length > 0 && { rpaDoubtful: true }),
	};
}

function secondsBetween(from: string, to: string): number {
	return (Date.parse(to) - Date.parse(from)) / 1000;
}
