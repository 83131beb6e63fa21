import { ConfigurationError } from '../../errors';
import { commandsObstacle, replicationObstacle, type Obstacle, type ProvedFacts } from './gates';
import type { KeySelection } from './key-selection';
import type { TargetFacts } from './target-facts';
import { chooseTransfer, type Transfer, type TransferMode } from './transfer-mode';

export type RestoreMethod = 'auto' | 'replication' | 'commands';

/** What somebody asks for. */
export interface Wish {
	method: RestoreMethod;
	/** By what the server holds and has memory for, unless it is given. */
	mode: 'auto' | TransferMode;
	selection: KeySelection;
	existing: 'replace' | 'fail';
	flush: boolean;
	/** Whether it is known under which address the server reaches us. */
	isReachable: boolean;
}

export type Plan =
	| ({ method: 'replication' } & Transfer)
	| {
			method: 'commands';
			/** Why it is not replication, where that would have been better. */
			because?: string;
	  };

/**
 * How the restore is to be done. Throws `ConfigurationError` where what is asked for cannot be done;
 * another way is taken by itself only where it ends in the same: the server has what the snapshot has,
 * and nothing else.
 *
 * @param missingRight what the account lacks for replication, asked only where nothing else is in the way
 */
export async function planRestore(
	wish: Wish,
	target: TargetFacts,
	snapshot: ProvedFacts & { bytes: number },
	missingRight: () => Promise<Obstacle | undefined>,
): Promise<Plan> {
	requireSense(wish);
	if (wish.method === 'commands' || isPartial(wish)) return byCommands(wish, target, snapshot);
	const obstacle =
		unreachable(wish) ?? replicationObstacle(target, snapshot) ?? (await missingRight());
	if (!obstacle) {
		const transfer = wish.mode === 'auto' ? chooseTransfer(target, snapshot) : { mode: wish.mode };
		return { method: 'replication', ...transfer };
	}
	const hasNoKeys = target.keyspace.size === 0;
	if (wish.method === 'auto' && (hasNoKeys || wish.flush)) {
		return { ...byCommands(wish, target, snapshot), because: obstacle.reason };
	}
	throw new ConfigurationError(
		`The server cannot be restored by replication: ${obstacle.reason}.`,
		{ hint: obstacle.wayOut },
	);
}

function byCommands(
	wish: Wish,
	target: TargetFacts,
	snapshot: ProvedFacts,
): Plan & { method: 'commands' } {
	const obstacle = isPartial(wish) ? undefined : commandsObstacle(target, snapshot);
	if (!obstacle) return { method: 'commands' };
	throw new ConfigurationError(`The server cannot be restored by commands: ${obstacle.reason}.`, {
		hint: obstacle.wayOut,
	});
}

function isPartial({ selection, existing }: Wish): boolean {
	const { pattern, databases } = selection;
	return pattern !== undefined || databases !== undefined || existing === 'fail';
}

function requireSense(wish: Wish): void {
	if (wish.method === 'replication' && isPartial(wish)) {
		throw new ConfigurationError(
			'A restore by replication replaces everything on the server: it cannot leave keys out or alone.',
			{ hint: 'Choose the method Commands for a part of the keys.' },
		);
	}
	if (wish.flush && wish.selection.pattern !== undefined) {
		throw new ConfigurationError(
			'Removing everything first would also remove the keys that the pattern leaves out.',
			{ hint: 'Switch one of the two off.' },
		);
	}
}

function unreachable({ isReachable }: Wish): Obstacle | undefined {
	if (isReachable) return undefined;
	return {
		reason: 'it is not known under which address the server reaches this machine',
		wayOut: 'Set that address, or choose the method Commands.',
	};
}
