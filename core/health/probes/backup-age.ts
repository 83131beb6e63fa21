import { type Catalogue, type CatalogueEntry, listBackups } from '../../repository/catalogue';
import { isAhead } from '../../repository/clock-skew';
import { isSafetyName } from '../../repository/safety-name';
import type { Repository } from '../../repository/repository';
import { groupByName, highestLevel, selectBackups } from '../../repository/select-backups';
import { VERIFICATION_LEVELS, type VerificationLevel } from '../../repository/verification';
import { durationInWords } from '../duration-words';
import { Absent, type Observation } from '../observation';
import { showText } from '../show';
import type { CheckKind } from '../vocabulary';

const LONGEST_REASON = 200;

export const BACKUP_AGE: CheckKind = {
	vocabulary: {
		AGE: 'duration',
		CONNECTED: 'boolean',
		COPIES: 'number',
		LEVEL: ['none', ...VERIFICATION_LEVELS],
		RPO: 'duration',
		STORES: 'number',
		UNASKED_STORES: 'number',
	},
	defaults: { fail: ['[AGE] <= [RPO]'], warn: ['[UNASKED_STORES] == 0'] },
	measurement: { name: 'age', placeholder: 'AGE', unit: 'min' },
	componentType: 'datastore',
};

export interface BackupAgeTarget {
	readonly repository: Repository;
	readonly component: string;
	/** Without one, every name that there are backups of; the one that is worst off counts. */
	readonly name?: string;
	/** Backups that were proved less far do not count; without it, every committed one does. */
	readonly minimumLevel?: VerificationLevel;
	readonly rpoMs: number;
}

/** One name, and its newest backup that counts. */
interface Standing {
	readonly path: string;
	readonly newest?: CatalogueEntry;
	/** The newest of all; there is one for each name. */
	readonly newer: CatalogueEntry;
	/** One whose time lies in the future, so that nobody knows how old it is. */
	readonly ahead?: CatalogueEntry;
}

/** Looks at the key names of the repository; opens nothing. Rejects as `listBackups` does. */
export async function probeBackupAge(
	target: BackupAgeTarget,
	signal: AbortSignal,
): Promise<Observation> {
	const { repository, component, name, rpoMs } = target;
	const filter = { component, ...(name !== undefined && { name }) };
	const catalogue = await listBackups(repository, filter, signal);
	const worst = worstOf(catalogue, target);
	const newest = worst?.newest;
	const age = newest && Math.max(0, Date.now() - newest.consistencyPoint.getTime());
	const text = worst ? inWords(worst, target, age) : `there is no backup of ${describe(target)}`;
	return {
		text: [text, ...unasked(catalogue)].join('; '),
		values: {
			AGE: age ?? new Absent('there is no such backup'),
			CONNECTED: true,
			COPIES: newest?.storedIn.length ?? 0,
			LEVEL: (newest && highestLevel(newest)) ?? 'none',
			RPO: rpoMs,
			STORES: repository.stores.length,
			UNASKED_STORES: catalogue.unavailable.length,
		},
	};
}

function worstOf(
	{ backups }: Catalogue,
	{ name, minimumLevel }: BackupAgeTarget,
): Standing | undefined {
	// What a restore has put aside is as old as that restore, and has no successor.
	const meant = backups.filter(
		(one) => one.committed && (name !== undefined || !isSafetyName(one.name)),
	);
	const now = Date.now();
	const standings = [...groupByName(meant)].flatMap(([path, entries]): Standing[] => {
		const past = entries.filter((entry) => !isAhead(entry, now));
		const ahead = entries.find((entry) => isAhead(entry, now));
		const newer = past[0] ?? ahead;
		if (!newer) return [];
		const [newest] = selectBackups(past, { ...(minimumLevel && { minimumLevel }) });
		return [{ path, newer, ...(newest && { newest }), ...(ahead && { ahead }) }];
	});
	const time = ({ newest }: Standing) => newest?.consistencyPoint.getTime() ?? 0;
	return standings.sort((a, b) => time(a) - time(b))[0];
}

function inWords(
	{ path, newest, newer, ahead }: Standing,
	{ minimumLevel }: BackupAgeTarget,
	age = 0,
): string {
	const proved = minimumLevel === undefined ? '' : ` that is at least ${minimumLevel}`;
	const level = (entry: CatalogueEntry) => highestLevel(entry) ?? 'not verified';
	const passedOver = ahead
		? [`${ahead.id} carries a time in the future and does not count: check the clocks`]
		: [];
	if (!newest) {
		const none = `there is no backup of ${path}${proved}`;
		const best = newer === ahead ? [] : [`the newest, ${newer.id}, is ${level(newer)}`];
		return [none, ...best, ...passedOver].join('; ');
	}
	return [
		`the newest backup${proved}, ${newest.id}, is ${durationInWords(age)} old and ${level(newest)}`,
		...(newer === newest ? [] : [`the newer ${newer.id} is ${level(newer)}`]),
		...passedOver,
	].join('; ');
}

function describe({ component, name }: BackupAgeTarget): string {
	return name === undefined ? component : `${component}/${name}`;
}

function unasked({ unavailable }: Catalogue): string[] {
	return unavailable.map(({ store, reason }) => {
		const why = showText(reason, LONGEST_REASON).replace(/\.$/, '');
		return `${store} could not be asked: ${why}`;
	});
}
