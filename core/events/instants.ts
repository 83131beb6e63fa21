import { ConfigurationError } from '../errors';

/** The clock of an incident or drill, t0 … t6, in the order in which things happen. */
export const INSTANTS = [
	'impactStart',
	'detected',
	'declared',
	'restoreStarted',
	'dataRestored',
	'serviceHealthy',
	'maintenanceOff',
] as const;

/** @see INSTANTS */
export type InstantName = (typeof INSTANTS)[number];

/** Those that are known, as `Date.toISOString` writes them. */
export type Instants = Partial<Record<InstantName, string>>;

/** What happened at each, as it reads within a sentence. */
export const INSTANT_TITLES: Readonly<Record<InstantName, string>> = {
	impactStart: 'the start of the impact (t0)',
	detected: 'the detection (t1)',
	declared: 'the declaration (t2)',
	restoreStarted: 'the start of the restore (t3)',
	dataRestored: 'the end of the data restore (t4)',
	serviceHealthy: 'the return of the service (t5)',
	maintenanceOff: 'the end of the maintenance (t6)',
};

/** The clock of another machine may be ahead of ours by as much. */
const CLOCK_TOLERANCE_MS = 2 * 60_000;

/** A sentence about each instant that lies before one that must come first. */
export function findDisorder(instants: Instants): string[] {
	const known = INSTANTS.flatMap((name) => {
		const at = instants[name];
		return at === undefined ? [] : [{ name, at }];
	});
	return known.flatMap(({ name, at }, index) => {
		const before = known[index - 1];
		if (before === undefined || Date.parse(before.at) <= Date.parse(at)) return [];
		return [
			`${capitalised(INSTANT_TITLES[name])}, ${at}, lies before ${INSTANT_TITLES[before.name]}, ${before.at}.`,
		];
	});
}

/** Rejects instants out of order or in the future with `ConfigurationError`. */
export function assertInstants(instants: Instants, now: Date): void {
	for (const name of INSTANTS) {
		const at = instants[name];
		if (at !== undefined && Date.parse(at) > now.getTime() + CLOCK_TOLERANCE_MS) {
			throw new ConfigurationError(
				`${capitalised(INSTANT_TITLES[name])}, ${at}, lies in the future.`,
				{ hint: 'Record what has happened. Check the time and its time zone.' },
			);
		}
	}
	const [first] = findDisorder(instants);
	if (first !== undefined) {
		throw new ConfigurationError(first, {
			hint: 'Correct the time. What was recorded before stays as it is.',
		});
	}
}

/** As it begins a sentence. */
export function capitalised(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
