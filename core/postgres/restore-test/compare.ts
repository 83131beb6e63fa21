import type { PostgresFingerprint } from '../../repository/fingerprint';
import { compareFingerprints, scopeOf, takeFingerprint } from '../fingerprint';
import { keyOf } from '../qualified-name';
import { comparableIn } from '../unlike-texts';
import type { ScratchCopy } from './scratch-copy';

const SHOWN = 20;

/** What came of comparing a restored copy with what its backup recorded. */
export interface Comparison {
	/** Sentences, one per difference; empty where there is none. */
	readonly problems: readonly string[];
	readonly warnings: readonly string[];
	/** Tables whose content could not be compared, see `comparableIn`. */
	readonly unlike: readonly string[];
	readonly sequences: number;
	readonly largeObjects?: number;
	/** Objects that were looked for; absent where the backup has no list of them. */
	readonly objects?: number;
}

/** Compares everything that was recorded and not left out, in a transaction of its own. */
export async function compareCopy(
	{ client, toc, leftOut }: Pick<ScratchCopy, 'client' | 'toc' | 'leftOut'>,
	recorded: PostgresFingerprint,
	sourceEncoding?: string,
): Promise<Comparison> {
	const out = toc.entries.filter(({ id }) => leftOut.ids.has(id));
	const names = (kind: string) =>
		new Set(
			out.flatMap((entry) =>
				entry.kind === kind ? keyOf({ schema: entry.schema ?? '', name: entry.tag }) : [],
			),
		);
	const [tables, sequences] = [names('TABLE'), names('SEQUENCE')];
	const restored = {
		...recorded,
		tables: recorded.tables.filter((table) => !tables.has(keyOf(table))),
		sequences: recorded.sequences.filter((sequence) => !sequences.has(keyOf(sequence))),
	};
	await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
	try {
		const { expected, unlike } = await comparableIn(client, restored, sourceEncoding);
		const actual = await takeFingerprint(client, scopeOf(expected));
		const differences = compareFingerprints(expected, actual);
		return {
			problems: listed(differences.map(({ sentence }) => sentence)),
			warnings: [],
			unlike,
			sequences: actual.sequences.length,
			...(actual.largeObjects && { largeObjects: actual.largeObjects.count }),
		};
	} finally {
		await client.query('ROLLBACK').catch(() => undefined);
	}
}

function listed(sentences: readonly string[]): string[] {
	const rest = sentences.length - SHOWN;
	return rest > 0 ? [...sentences.slice(0, SHOWN), `And ${rest} more.`] : [...sentences];
}
