import type { FetchedExport } from './fetch-export';
import type { QueueTally } from './import-tally';
import type { QueueRole } from './queue-name';

/** What a person has to know about an import that worked, as sentences. */
export function importWarnings(
	tallies: readonly QueueTally[],
	{ manifest, fingerprint }: FetchedExport,
	{ dryRun }: { dryRun: boolean },
	paused: Readonly<Record<QueueRole, boolean>>,
): string[] {
	const sum = (of: (tally: QueueTally) => number | undefined) =>
		tallies.reduce((total, tally) => total + (of(tally) ?? 0), 0);
	const missing = sum((tally) => Object.values(tally.missing).reduce((all, some) => all + some, 0));
	const active = sum(({ missing: jobs }) => jobs.active);
	const failed = sum(({ leftOut }) => leftOut.failed);
	const flows = sum(({ leftOut }) => (leftOut.flow ?? 0) + (leftOut['waiting-children'] ?? 0));
	const schedulers = sum(({ leftOut }) => leftOut.scheduler);
	const unknown = sum(({ leftOut }) => leftOut.unknown);
	const notes: (string | false)[] = [
		dryRun && `Nothing was changed: this was a dry run. Jobs that would be put back: ${missing}.`,
		missing > 0 &&
			`Jobs that were done and removed since ${manifest.consistencyPoint} cannot be told from lost ones: they are put back too, and are done a second time.`,
		active > 0 &&
			`Jobs that were being worked on when the queue was exported: ${active}. They are put back as waiting, and may have been done already.`,
		failed > 0 &&
			`Failed jobs that were left out: ${failed}. To have them tried again, import once more with Failed Jobs switched on.`,
		flows > 0 && `Jobs that were left out because they belong to a flow of jobs: ${flows}.`,
		schedulers > 0 &&
			`Job schedulers that were left out: ${schedulers}. The application sets them up when it starts.`,
		unknown > 0 &&
			`Jobs that were left out because they were in no list of their queue: ${unknown}.`,
		...tallies.map(
			({ name, idTaken, takenIds }) =>
				idTaken > 0 &&
				`Jobs that were left out because another job of ${name} has their id by now: ${idTaken} (${takenIds.join(', ')}${idTaken > takenIds.length ? ', …' : ''}). They are in the export only.`,
		),
		...tallies.map(
			({ role, name }) =>
				fingerprint.queues[role].paused &&
				!paused[role] &&
				`${name} was paused when it was exported and is not now: workers take its jobs at once.`,
		),
	];
	return notes.filter((note) => note !== false);
}
