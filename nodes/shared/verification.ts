import type { INodeProperties } from 'n8n-workflow';
import { type ChosenBackup, choiceWarnings } from '../../core/repository/choose-backup';
import { requirePassed } from '../../core/repository/require-passed';

/** Of every operation that verifies a backup. */
export const oneCopyIsEnoughField: INodeProperties = {
	displayName: 'One Whole Copy Is Enough',
	name: 'oneCopyIsEnough',
	type: 'boolean',
	default: false,
	description:
		'Whether it passes when one store has a whole copy. What is wrong in the others is a warning then. For use before a restore, when a store may be lost.',
};

interface Proof {
	problems: readonly string[];
	warnings: readonly string[];
}

/** The item for a backup that has passed; throws `IntegrityError` for one that has not. */
export function passed<Result extends Proof>(
	chosen: ChosenBackup,
	startedAt: Date,
	{ problems, warnings, ...proof }: Result,
) {
	requirePassed(chosen.backup, problems);
	return {
		...proof,
		consistencyPoint: chosen.consistencyPoint.toISOString(),
		ageMinutes: Math.round(chosen.ageMs / 6_000) / 10,
		startedAt: startedAt.toISOString(),
		warnings: [...choiceWarnings(chosen), ...warnings],
	};
}
