import type { INodeProperties } from 'n8n-workflow';
import { IntegrityError } from '../../core/errors';
import type { ChosenBackup } from '../../core/repository/choose-backup';
import { choiceWarnings } from './backup-choice';

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
	if (problems.length > 0) {
		throw new IntegrityError(`The backup ${chosen.backup.id} did not pass: ${problems.join(' ')}`, {
			hint: 'Make a new backup now. To restore, use another copy or an older backup.',
		});
	}
	return {
		...proof,
		consistencyPoint: chosen.consistencyPoint.toISOString(),
		ageMinutes: Math.round(chosen.ageMs / 6_000) / 10,
		startedAt: startedAt.toISOString(),
		warnings: [...choiceWarnings(chosen), ...warnings],
	};
}
