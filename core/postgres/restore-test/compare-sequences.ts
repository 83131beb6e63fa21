import type { Client } from 'pg';
import type { PostgresFingerprint } from '../../repository/fingerprint';
import { keyOf } from '../qualified-name';
import { isBehind, readUsedNumbers } from '../sequence-owners';
import { readSequenceStates } from '../sequence-values';

type Sequences = PostgresFingerprint['sequences'];

/**
 * Looks for sequences in the copy whose next number is in use already in the column that they are for:
 * the next row would be refused. Where the source was no better, as after an import of rows with their
 * numbers, that is worth a warning; so it is where nobody has looked at the source.
 */
export async function compareSequences(
	client: Client,
	recorded: Sequences,
): Promise<{ problems: string[]; warnings: string[] }> {
	const used = await readUsedNumbers(client, recorded);
	const problems: string[] = [];
	const warnings: string[] = [];
	if (used.size === 0) return { problems, warnings };
	const states = await readSequenceStates(
		client,
		recorded.filter((sequence) => used.has(keyOf(sequence))),
	);
	for (const { schema, name, behind } of recorded) {
		const number = used.get(keyOf({ schema, name }));
		const state = states.get(keyOf({ schema, name }));
		if (!number || !state || !isBehind(number, state.value, state.isCalled)) continue;
		const sentence = `The sequence ${schema}.${name} stands at ${state.value}, but ${number.value} is in use`;
		if (behind === false) problems.push(`${sentence}.`);
		else if (behind) warnings.push(`${sentence}; so it was in the source.`);
		else warnings.push(`${sentence}; the backup does not say whether so it was in the source.`);
	}
	return { problems, warnings };
}
