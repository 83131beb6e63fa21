import { humanBytes } from '../../core/report/words';
import { type CatalogueEntry, listBackups } from '../../core/repository/catalogue';
import { entryFacts } from '../../core/repository/entry-facts';
import { EVENT_COMPONENT } from '../../core/repository/keys';
import { groupByName } from '../../core/repository/select-backups';
import { parseOptions, takeWord, wholeNumber } from '../arguments';
import { locationOptions, locationUsage, openAt } from '../backup/location';
import type { Surroundings } from '../command';
import { printResult } from '../console/result';
import { EXIT } from '../exit-code';

const LIMIT = 5;
const ID_WIDTH = 36;

export const usage = `list [postgres | redis | file | …] <where the backups are>

  Shows the newest backups of each kind and name: how old they are, how far each was proved, and where
  it is stored. Needs no passphrase.

  --limit <number>      how many of each name; ${LIMIT} by default
  --json                all that is known, as JSON on standard output

${locationUsage}

  Example:
  npx n8n-nodes-disaster-recovery list --s3-bucket mrdj-backups --s3-endpoint https://s3.example.com`;

const options = {
	...locationOptions,
	limit: { type: 'string' },
	json: { type: 'boolean' },
} as const;

/** Rejects as `openAt` and `listBackups` do. */
export async function run(args: string[], surroundings: Surroundings): Promise<number> {
	const [component, rest] = takeWord(args);
	const values = parseOptions(rest, options);
	const limit = wholeNumber(values.limit, 'limit', { from: 1, to: 1_000_000 }) ?? LIMIT;
	const repository = await openAt(values, surroundings, { kind: 'none' });
	const { backups, unavailable } = await listBackups(
		repository,
		component === undefined ? {} : { component },
		surroundings.cancellation(),
	);
	const shown = backups.filter((entry) => entry.committed && entry.component !== EVENT_COMPONENT);
	const groups = [...groupByName(shown).values()];
	const now = new Date();
	const result = {
		backups: groups.flatMap((group) =>
			group.slice(0, limit).map((entry) => entryFacts(entry, now)),
		),
		warnings: unavailable.map(({ store, reason }) => `${store} could not be asked: ${reason}`),
	};
	printResult(surroundings, values, result, linesOf(groups, limit, now));
	return EXIT.done;
}

function linesOf(groups: readonly CatalogueEntry[][], limit: number, now: Date): string[] {
	if (groups.length === 0) return ['The repository holds no backups of this kind.'];
	return groups.flatMap((group) => {
		const [newest] = group;
		const shown = group.slice(0, limit);
		const more = group.length - shown.length;
		return [
			`${newest?.component} ${newest?.name}`,
			...shown.map((entry) => lineOf(entry, now)),
			...(more > 0 ? [`  and ${more} more`] : []),
			'',
		];
	});
}

function lineOf(entry: CatalogueEntry, now: Date): string {
	const { backupId, age, verified, storedBytes, storedIn } = entryFacts(entry, now);
	const proof = verified === 'none' ? 'not verified' : verified;
	const columns = [
		...[backupId.padEnd(ID_WIDTH), age.padEnd(13), proof.padEnd(13)],
		...[humanBytes(storedBytes).padStart(11), ` ${storedIn.join(', ')}`],
	];
	return `  ${columns.join(' ')}`;
}
