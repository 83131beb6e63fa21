import type { ProvedFacts } from './gates';
import { isAtLeast } from './rdb-compatibility';
import { isEmpty, type TargetFacts } from './target-facts';

/**
 * How a server takes a snapshot from its master. `disk`: into a file, then instead of its data, which
 * it drops first and does not serve meanwhile. `swap`: into memory beside its data, which it serves
 * until it exchanges them.
 */
export type TransferMode = 'disk' | 'swap';

/** Of the machine's memory, where the server has no limit: others live there too. */
const SHARE_OF_MACHINE = 0.5;
/** Files are smaller than what they become in memory, where the file does not say how large that is. */
const GROWTH_IN_MEMORY = 4;
/** Two versions of the data are not all that takes memory meanwhile. */
const MARGIN = 1.1;

/** How it is tried first, and how then, where that fails and the server is as it was. */
export interface Transfer {
	mode: TransferMode;
	otherwise?: TransferMode;
}

/**
 * `disk` for a server that has nothing to serve meanwhile: what comes is saved already, where after a
 * swap the server has to write it. Else `swap`, as far as the memory goes.
 */
export function chooseTransfer(
	target: TargetFacts,
	snapshot: ProvedFacts & { bytes: number },
): Transfer {
	const canSwap = hasMemoryForBoth(target, snapshot);
	if (!isEmpty(target)) return { mode: canSwap ? 'swap' : 'disk' };
	return { mode: 'disk', ...(canSwap && { otherwise: 'swap' }) };
}

/** For a swap. Modules must consent to one, which they tell the server alone. */
function hasMemoryForBoth(target: TargetFacts, snapshot: ProvedFacts & { bytes: number }): boolean {
	if (!isAtLeast(target.software.redisVersion, 7, 0) || target.modules.length > 0) return false;
	const { memory } = target;
	const limit = memory.limit > 0 ? memory.limit : memory.machine * SHARE_OF_MACHINE;
	const restored = snapshot.usedMemory ?? snapshot.bytes * GROWTH_IN_MEMORY;
	return (memory.used + restored) * MARGIN <= limit;
}
