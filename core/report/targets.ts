import { ConfigurationError } from '../errors';
import { isBackupName, isComponent } from '../repository/naming';
import { isSafetyName } from '../repository/safety-name';

/** How old the newest backup of a component, or of one name of it, may be. */
export interface RpoTarget {
	component: string;
	/** Empty for all names of the component. */
	name?: string;
	/** 0 for no target. */
	minutes: number;
}

/** What the report holds the repository against. */
export interface Targets {
	/** For every component without a target of its own. */
	rpoMinutes: number;
	rpo: readonly RpoTarget[];
	rtoMinutes: number;
}

/** Kept when something changes, not by the clock: their age says nothing. */
const ON_CHANGE: readonly string[] = ['file'];

/** Rejects with `ConfigurationError` targets that are no times, or for what cannot have a backup. */
export function assertTargets({ rpoMinutes, rpo, rtoMinutes }: Targets): void {
	const all = [rpoMinutes, rtoMinutes, ...rpo.map(({ minutes }) => minutes)];
	if (!all.every((minutes) => Number.isFinite(minutes) && minutes >= 0)) {
		throw new ConfigurationError('A target is not a number of minutes.', {
			hint: 'Enter the targets of the plan in minutes, for example 60. 0 stands for none.',
		});
	}
	for (const { component, name } of rpo) {
		if (isComponent(component) && (!name || isBackupName(name))) continue;
		throw new ConfigurationError(
			`There is a target for the component ${JSON.stringify(component)}, backup name ${JSON.stringify(name ?? '')}, which no backup can have.`,
			{ hint: 'Correct both, or remove the target. List Backups shows the names that there are.' },
		);
	}
}

/** The target of a name in seconds, the closest one that was given; undefined where it has none. */
export function rpoTargetFor(
	targets: Targets,
	{ component, name }: { component: string; name: string },
): number | undefined {
	const own = targets.rpo.filter((target) => target.component === component);
	const chosen =
		own.find((target) => target.name === name) ?? own.find((target) => !target.name) ?? undefined;
	const isByTheClock = !ON_CHANGE.includes(component) && !isSafetyName(name);
	const minutes = chosen?.minutes ?? (isByTheClock ? targets.rpoMinutes : 0);
	return minutes > 0 ? minutes * 60 : undefined;
}
