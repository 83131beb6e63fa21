import type { Redis } from 'ioredis';
import { DisasterRecoveryError } from '../../../errors';
import { isForbidden, replyCode } from '../../../redis/command-errors';
import {
	type DataState,
	findStuckReplica,
	healStuckReplica,
} from '../../../redis/restore/stuck-replica';
import { commandName, type RedisServer } from '../../../redis/server';

/** `unknown` where the user may not read the setting that would tell. */
export const STUCK = ['yes', 'unknown', 'no'] as const;

export interface StuckHealth {
	readonly state: (typeof STUCK)[number];
	/** Whether it was one just now. */
	readonly healed: boolean;
	/** Without a full stop; nothing where there is nothing to tell. */
	readonly text?: string;
}

const DATA: Readonly<Record<DataState, string>> = {
	restored: 'with the restored data',
	previous: 'with the data of before the restore',
	unknown: 'with which data is unknown',
};

/** Whether a restore of this package has left the server as a replica, or with its settings. */
export async function lookForStuckReplica(
	client: Redis,
	server: RedisServer,
	heal: boolean,
	signal: AbortSignal,
): Promise<StuckHealth> {
	if (!(await mayReadSettings(client, server))) return { state: 'unknown', healed: false };
	const found = await findStuckReplica(server, signal);
	if (found === undefined) return { state: 'no', healed: false };
	if (found.running) return { state: 'no', healed: false, text: 'a restore is going on' };
	const left = found.isReplica
		? 'an interrupted restore has left it as a replica'
		: 'an interrupted restore has not put its settings back';
	if (!heal) return { state: 'yes', healed: false, text: left };
	try {
		const healed = await healStuckReplica(server, signal);
		if (healed === undefined) return { state: 'no', healed: false };
		const outcome = `${left}; that is healed, ${DATA[healed.data]}`;
		return { state: 'no', healed: true, text: withoutStop([outcome, ...healed.warnings]) };
	} catch (error) {
		if (!(error instanceof DisasterRecoveryError)) throw error;
		return {
			...{ state: 'yes', healed: false },
			text: withoutStop([`${left}, and it could not be healed`, error.message]),
		};
	}
}

function withoutStop(sentences: readonly string[]): string {
	return sentences.join(': ').replace(/\.$/, '');
}

async function mayReadSettings(client: Redis, server: RedisServer): Promise<boolean> {
	try {
		await client.call(commandName(server, 'CONFIG'), 'GET', 'masterauth');
		return true;
	} catch (error) {
		if (isForbidden(error) || replyCode(error) === 'ERR') return false;
		throw error;
	}
}
