import type { Client } from 'pg';
import type { PostgresFingerprint } from '../../repository/fingerprint';
import { compareFingerprints, scopeOf, takeFingerprint } from '../fingerprint';
import { KNOWN_KINDS, readObjects } from '../object-catalogue';
import { countObjects, listObjects, missingObjects, type ObjectList } from '../object-list';
import { comparableIn } from '../unlike-texts';
import { compareSequences } from './compare-sequences';
import { withoutLeftOut } from './recorded';
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
	const restored = withoutLeftOut(
		recorded,
		listObjects(toc.entries.filter(({ id }) => leftOut.ids.has(id))),
	);
	await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
	try {
		const { expected, unlike } = await comparableIn(client, restored, sourceEncoding);
		// Pins the settings of the session, on which the others rely too.
		const actual = await takeFingerprint(client, scopeOf(expected));
		const differences = compareFingerprints(expected, actual);
		const sequences = await compareSequences(client, expected.sequences);
		const objects = await compareObjects(client, expected.objects);
		return {
			problems: listed([
				...differences.map(({ sentence }) => sentence),
				...sequences.problems,
				...objects.problems,
			]),
			warnings: [...listed(sequences.warnings), ...objects.warnings],
			unlike,
			sequences: actual.sequences.length,
			...(actual.largeObjects && { largeObjects: actual.largeObjects.count }),
			...(objects.count !== undefined && { objects: objects.count }),
		};
	} finally {
		await client.query('ROLLBACK').catch(() => undefined);
	}
}

async function compareObjects(client: Client, recorded: ObjectList | undefined) {
	if (!recorded) {
		const older = 'The backup has no list of its objects: only tables and sequences were compared.';
		return { problems: [], warnings: [older] };
	}
	const known = recorded.filter(({ kind }) => KNOWN_KINDS.has(kind));
	const unknown = recorded.filter(({ kind }) => !KNOWN_KINDS.has(kind));
	const found = await readObjects(client, new Set(known.map(({ kind }) => kind)));
	return {
		count: countObjects(known),
		problems: missingObjects(known, found).flatMap(({ kind, schema, names }) =>
			names.map((name) => `The ${kind} ${schema && `${schema}.`}${name} is missing.`),
		),
		warnings: unknown.map(
			({ kind, names }) => `It was not looked for what is of the kind ${kind} (${names.length}).`,
		),
	};
}

function listed(sentences: readonly string[]): string[] {
	const rest = sentences.length - SHOWN;
	return rest > 0 ? [...sentences.slice(0, SHOWN), `And ${rest} more.`] : [...sentences];
}
