import { ConfigurationError, NotFoundError } from '../errors';
import { type BackupRef, type Catalogue, type CatalogueEntry, listBackups } from './catalogue';
import { parseBackupId } from './naming';
import { fromOneServer } from './choose-origin';
import { isAhead, withoutAhead } from './clock-skew';
import { isProof } from './keys';
import type { Repository } from './repository';
import { isSafetyName } from './safety-name';
import type { VerificationLevel } from './verification';

const PROPER_NAMES: Readonly<Record<string, string>> = { postgres: 'Postgres', redis: 'Redis' };

/** The newest one; the newest that was read to its end or restored; or one by its id. */
export type BackupChoice = 'newest' | 'newest-verified' | { readonly id: string };

/** What a restore takes unless somebody chooses: the past has shown that it can be had back. */
export const RESTORE_CHOICE = 'newest-verified' satisfies BackupChoice;

/** What a verification is usually about. */
export const VERIFY_CHOICE = 'newest' satisfies BackupChoice;

/** Among which backups to choose. */
export interface BackupFilter {
	component: string;
	name?: string;
	/** The server that is restored to, see `Manifest`. */
	cluster?: string;
}

export interface ChosenBackup {
	backup: BackupRef;
	consistencyPoint: Date;
	/** Time since the consistency point. */
	ageMs: number;
	/** Levels that it has passed. */
	verified: VerificationLevel[];
	/** Stores that could not be asked, and may hold a newer one. */
	unavailable: Catalogue['unavailable'];
	/** What a person should know about the choice, as sentences. */
	notes: readonly string[];
}

/**
 * Finds one committed backup. Rejects with `NotFoundError` where none fits, telling which stores could
 * not be asked, and with `ConfigurationError` for a text that is not an id, or where the newest is asked
 * for without a name and backups of several names are there: they are of different databases; and as
 * `fromOneServer` does. What a restore has put aside is meant only where its name is given. Backups of
 * the future come from a clock that is wrong, and are not the newest as long as there are others.
 */
export async function chooseBackup(
	repository: Repository,
	filter: BackupFilter,
	choice: BackupChoice,
	signal?: AbortSignal,
): Promise<ChosenBackup> {
	const id = typeof choice === 'string' ? undefined : choice.id.trim();
	const name = id === undefined ? filter.name : parseBackupId(id).name;
	const { backups, unavailable } = await listBackups(
		repository,
		{ component: filter.component, ...(name !== undefined && { name }) },
		signal,
	);
	const committed = backups.filter(
		(entry) => entry.committed && (name !== undefined || !isSafetyName(entry.name)),
	);
	const names = [...new Set(committed.map((entry) => entry.name))];
	if (name === undefined && names.length > 1) {
		throw new ConfigurationError(
			`The repository has ${title(filter.component)} backups of several names: ${names.sort().join(', ')}.`,
			{ hint: 'Give the name of the backup that is meant.' },
		);
	}
	const fitting = committed.filter((entry) => fits(entry, choice, id));
	const [newest, ...older] = withoutAhead(fitting);
	if (!newest) {
		const unasked = unavailable.map(
			({ store, reason }) => ` ${store} could not be asked: ${reason}`,
		);
		throw new NotFoundError(`${missing(filter, choice, id)}${unasked.join('')}`, {
			hint:
				choice === 'newest-verified' && committed.length > 0
					? 'Verify a backup first, or choose the newest one or one from the list.'
					: 'Check the repository and the name of the backup, or make a backup first.',
		});
	}
	const { found, notes } =
		id === undefined
			? await fromOneServer(
					repository,
					[newest, ...older],
					withoutAhead(committed),
					filter.cluster,
					signal,
				)
			: { found: newest, notes: [] };
	return {
		backup: { component: found.component, name: found.name, id: found.id },
		consistencyPoint: found.consistencyPoint,
		ageMs: Date.now() - found.consistencyPoint.getTime(),
		verified: [...new Set(found.verifications.map(({ level }) => level))],
		unavailable,
		notes: [...notes, ...aheadNotes(fitting, found, id === undefined)],
	};
}

/** What a person has to know about the choice, although it worked. */
export function choiceWarnings({ unavailable, notes }: ChosenBackup): string[] {
	return [
		...notes,
		...unavailable.map(
			({ store, reason }) => `${store} could not be asked, and may hold a newer backup: ${reason}`,
		),
	];
}

function fits(entry: CatalogueEntry, choice: BackupChoice, id: string | undefined): boolean {
	if (id !== undefined) return entry.id === id;
	return choice === 'newest' || entry.verifications.some(({ level }) => isProof(level));
}

/** What a person should know about backups that carry a time in the future. */
function aheadNotes(
	fitting: readonly CatalogueEntry[],
	found: CatalogueEntry,
	isNewest: boolean,
): string[] {
	const now = Date.now();
	const what = 'carries a time in the future';
	if (isAhead(found, now)) {
		return [`The backup ${found.id} ${what}, so its age is unknown: check the clocks.`];
	}
	const passedOver = isNewest ? fitting.filter((entry) => isAhead(entry, now)) : [];
	return passedOver.map(
		({ id }) => `The backup ${id} ${what}, and was passed over: check the clocks.`,
	);
}

function missing(
	{ component, name }: { component: string; name?: string },
	choice: BackupChoice,
	id: string | undefined,
): string {
	if (id !== undefined) return `The repository has no backup ${id}.`;
	const kind = choice === 'newest-verified' ? 'verified ' : '';
	return `The repository has no ${kind}${title(component)} backup${name ? ` named ${name}` : ''}.`;
}

/** A component as it is written within a sentence. */
function title(component: string): string {
	return PROPER_NAMES[component] ?? component;
}
