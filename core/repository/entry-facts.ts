import { humanAge } from '../report/words';
import type { CatalogueEntry } from './catalogue';
import { highestLevel } from './select-backups';

/** What a list of backups shows of one of them; `none` where nothing was verified. */
export function entryFacts(entry: CatalogueEntry, now: Date) {
	const { id, component, name, consistencyPoint, storedBytes, committed, storedIn } = entry;
	return {
		...{ backupId: id, component, name },
		consistencyPoint: consistencyPoint.toISOString(),
		age: humanAge(consistencyPoint, now),
		ageMinutes: Math.round((now.getTime() - consistencyPoint.getTime()) / 6_000) / 10,
		...{ storedBytes, committed, storedIn },
		verified: highestLevel(entry) ?? 'none',
		verifications: entry.verifications.map(({ level, at }) => ({ level, at: at.toISOString() })),
	};
}
