import { isIP } from 'node:net';
import type { CatalogueEntry } from '../repository/catalogue';
import type { Store } from '../repository/store';

/** Whether one of the five rules is kept; what cannot be known stays unknown. */
export interface Rule {
	readonly kept: 'yes' | 'no' | 'unknown';
	readonly reason: string;
}

/** The rule 3-2-1-1-0, for the newest backup of one name. */
export interface Score {
	/** 3 copies, the live data among them. */
	readonly copies: Rule;
	/** 2 kinds of places. */
	readonly media: Rule;
	/** 1 copy off site. */
	readonly offSite: Rule;
	/** 1 copy that nobody can change or delete. */
	readonly immutable: Rule;
	/** 0 doubts: the newest backup is proved to be readable. */
	readonly proved: Rule;
}

/** What has to be known of the stores. */
export interface StoresSeen {
	readonly stores: readonly Pick<Store, 'label' | 'place'>[];
	/** Labels of those that could not be asked. */
	readonly unavailable: readonly string[];
}

const DAY_MS = 86_400_000;

/** Scores the newest committed backup of a name; undefined where there is none. */
export function scoreOf(
	newest: CatalogueEntry | undefined,
	{ stores, unavailable }: StoresSeen,
	now: Date,
): Score {
	const holding = stores.filter(({ label }) => newest?.storedIn.includes(label));
	const unasked = stores.filter(({ label }) => unavailable.includes(label));
	// What is missing may lie where nobody could look.
	const missing = (reason: string): Rule =>
		unasked.length === 0
			? { kept: 'no', reason }
			: { kept: 'unknown', reason: `${reason} ${list(unasked)} could not be asked.` };
	return {
		copies: copies(holding, missing),
		media: media(holding, missing),
		offSite: offSite(holding, missing),
		immutable: immutable(holding, newest, missing, now),
		proved: proved(newest),
	};
}

type Places = StoresSeen['stores'];
type Missing = (reason: string) => Rule;

function copies(holding: Places, missing: Missing): Rule {
	if (holding.length === 0) return missing('There is no backup beside the live data.');
	if (holding.length === 1) {
		return missing(`The live data and one backup, in ${list(holding)}: 2 copies.`);
	}
	return { kept: 'yes', reason: `The live data, and copies in ${list(holding)}.` };
}

function media(holding: Places, missing: Missing): Rule {
	const kinds = new Set(holding.flatMap(({ place }) => place?.kind ?? []));
	if (kinds.size > 1) return { kept: 'yes', reason: 'A directory and an S3 bucket.' };
	if (holding.some(({ place }) => place === undefined)) return unknownPlace;
	const [kind] = kinds;
	if (kind === undefined) return missing('There is no backup.');
	return missing(kind === 's3' ? 'Only in S3.' : 'Only in a directory.');
}

function offSite(holding: Places, missing: Missing): Rule {
	const remote = holding.filter(({ place }) => place?.kind === 's3');
	const sure = remote.find(({ place }) => nearness(place?.host) === 'far');
	if (sure) return { kept: 'yes', reason: `${sure.label} counts as off site.` };
	const doubtful = remote.find(({ place }) => nearness(place?.host) === 'near');
	if (doubtful) {
		return {
			kept: 'unknown',
			reason: `${doubtful.label} has a private address: it may stand in the same place.`,
		};
	}
	if (holding.some(({ place }) => place === undefined)) return unknownPlace;
	if (remote.length > 0) return missing('The S3 server runs on the machine of n8n itself.');
	return missing('No copy lies in S3.');
}

function immutable(
	holding: Places,
	newest: CatalogueEntry | undefined,
	missing: Missing,
	now: Date,
): Rule {
	const ageDays = newest ? (now.getTime() - newest.consistencyPoint.getTime()) / DAY_MS : 0;
	const locked = holding.find(({ place }) => (place?.lockedDays ?? 0) > ageDays);
	if (locked) {
		const reason = `By its settings, ${locked.label} is written with Object Lock for ${locked.place?.lockedDays} days.`;
		return { kept: 'yes', reason };
	}
	if (holding.some(({ place }) => place?.lockedDays !== undefined)) {
		return missing('The Object Lock of the newest backup has run out.');
	}
	if (holding.some(({ place }) => place?.kind === 's3')) {
		return {
			kept: 'unknown',
			reason:
				'The repository has no Object Lock in its settings. Whether the bucket locks by itself is not known.',
		};
	}
	if (holding.some(({ place }) => place === undefined)) return unknownPlace;
	return missing('No copy is protected from deletion.');
}

function proved(newest: CatalogueEntry | undefined): Rule {
	if (!newest) return { kept: 'no', reason: 'There is no backup to prove.' };
	const levels = new Set(newest.verifications.map(({ level }) => level));
	if (levels.has('smoke') || levels.has('restored')) {
		return { kept: 'yes', reason: 'The newest backup was restored for a test.' };
	}
	if (levels.has('readable')) {
		return { kept: 'yes', reason: 'The newest backup was read to its end.' };
	}
	if (levels.has('stored')) {
		return {
			kept: 'no',
			reason: 'Of the newest backup only the stored bytes were compared with their checksum.',
		};
	}
	return { kept: 'no', reason: 'The newest backup was never verified.' };
}

const unknownPlace: Rule = {
	kept: 'unknown',
	reason: 'It is not known what kind of place holds the backup.',
};

/** By the address alone: this machine, the same network, or anywhere else. */
function nearness(host: string | undefined): 'here' | 'near' | 'far' {
	if (host === undefined) return 'far';
	const name = host.replace(/^\[|\]$/g, '').toLowerCase();
	if (name === 'localhost' || name === '::1' || /^127\./.test(name)) return 'here';
	if (isIP(name) === 0)
		return name.includes('.') && !/\.(local|internal|lan)$/.test(name) ? 'far' : 'near';
	return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|f[cd]|fe80)/.test(name)
		? 'near'
		: 'far';
}

function list(stores: Places): string {
	return stores.map(({ label }) => label).join(' and ');
}
