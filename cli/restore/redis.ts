import { loadInTest, safetySnapshot } from '../../core/redis/restore/restore-safety';
import {
	RESTORE_DEFAULTS,
	restoreSnapshot,
	type RestorePhase,
	type RestoreSnapshotResult,
} from '../../core/redis/restore/restore-snapshot';
import { ServerSession } from '../../core/redis/restore/server-session';
import type { RedisServer } from '../../core/redis/server';
import { COMPONENT } from '../../core/redis/snapshot-facts';
import { counted, humanDuration } from '../../core/report/words';
import { RESTORE_CHOICE } from '../../core/repository/choose-backup';
import { oneOf, parseOptions } from '../arguments';
import { choiceOptions, choiceUsage } from '../backup/choice';
import { keyOptions, keyUsage } from '../backup/key';
import { locationOptions, locationUsage } from '../backup/location';
import type { Surroundings } from '../command';
import { printResult } from '../console/result';
import { EXIT } from '../exit-code';
import { serverOptions } from '../server/options';
import { redisAddress, redisUsage, withPassword } from '../server/redis';
import { UsageError } from '../usage-error';
import { chooseToRestore } from './chosen';
import { confirm, confirmOptions, confirmUsage, requireConsent } from './confirm';
import { type Intention, summaryOf } from './summary';

export const usage = `restore redis <where the backups are> [--host <name>]

  Replaces all data of a Redis server that runs. What it has is backed up first, into the same
  repository.

  --method <how>         auto, replication or commands; choose commands where the server cannot reach
                         this machine
  --no-safety-snapshot   does not back up what the server has; there is no way back then

${choiceUsage(RESTORE_CHOICE)}

${redisUsage}

${locationUsage}

${keyUsage}

${confirmUsage}

  Example:
  npx n8n-nodes-disaster-recovery restore redis --s3-bucket mrdj-backups --host redis.example.com`;

const options = {
	...{ ...locationOptions, ...keyOptions, ...choiceOptions, ...serverOptions, ...confirmOptions },
	method: { type: 'string' },
	'no-safety-snapshot': { type: 'boolean' },
} as const;

const PHASES: Readonly<Record<RestorePhase, string>> = {
	fetching: 'Fetching and proving the backup',
	'safety-snapshot': 'Backing up what the server has',
	restoring: 'Restoring',
	saving: 'Having the server save its data',
};

/** Rejects as `chooseToRestore`, `confirm` and `restoreSnapshot` do. */
export async function run(args: string[], surroundings: Surroundings): Promise<number> {
	const values = parseOptions(args, options);
	const method =
		oneOf(values.method, 'method', ['auto', 'replication', 'commands']) ?? RESTORE_DEFAULTS.method;
	const isSafe = values['no-safety-snapshot'] !== true;
	if (method === 'commands' && !isSafe) {
		throw new UsageError('The method commands empties the server, and needs a safety snapshot.', {
			hint: 'Leave out --no-safety-snapshot, or --method commands.',
		});
	}
	const address = await redisAddress(values);
	requireConsent(values, surroundings);
	const signal = surroundings.cancellation();
	const server = await withPassword(address, surroundings);
	const keys = await countKeys(server, signal);
	const found = await chooseToRestore(values, { component: COMPONENT }, surroundings, signal);
	const target = `${server.host}:${server.port}`;
	await confirm(target, summaryOf(found, intend(target, keys, isSafe)), values, surroundings);
	const { backup } = found.chosen;
	const { repository } = found;
	const { safetySnapshot: kept, ...result } = await restoreSnapshot(
		{
			...{ server, repository, backup, method, mode: RESTORE_DEFAULTS.mode },
			...{ selection: {}, existing: RESTORE_DEFAULTS.existing },
			...(method !== 'commands' && { reachability: {} }),
			// Every method ends the same; without a way back nothing is removed before it is replaced.
			flush: isSafe && method !== 'replication',
		},
		{
			signal,
			...(isSafe && { createSafetySnapshot: safetySnapshot(server, repository) }),
			loadInTest: loadInTest(repository, backup),
			onProgress: phaseTeller(surroundings),
		},
	);
	const facts = { ...result, ...(kept && { safetySnapshot: kept.id }) };
	printResult(surroundings, values, facts, sentencesOf(target, result, kept?.id));
	return EXIT.done;
}

async function countKeys(server: RedisServer, signal: AbortSignal): Promise<number> {
	const session = await ServerSession.open(server, signal);
	try {
		const keyspace = (await session.info()).keyspace();
		return [...keyspace.values()].reduce((sum, { keys }) => sum + keys, 0);
	} finally {
		session.close();
	}
}

function intend(target: string, keys: number, isSafe: boolean): Intention {
	const into = `Redis at ${target}`;
	if (keys === 0) return { into, meanwhile: ['The server holds no keys. It is filled.'] };
	const kept = isSafe
		? 'It is backed up first; restore that backup to go back.'
		: 'It is NOT backed up first: there is no way back.';
	return {
		into,
		lostFrom: 'Redis',
		meanwhile: [
			`What the server has (${counted(keys, 'key')}) is replaced, in all databases.`,
			kept,
		],
	};
}

function phaseTeller({ tell }: Surroundings): (phase: RestorePhase) => void {
	let current: RestorePhase | undefined;
	return (phase) => {
		if (phase === current) return;
		current = phase;
		tell(`${PHASES[phase]} …`);
	};
}

function sentencesOf(
	target: string,
	result: Omit<RestoreSnapshotResult, 'safetySnapshot'>,
	safetySnapshot: string | undefined,
): string[] {
	const { backupId, keys, expiredKeys, method, durationMs, dataAgeMs, undo } = result;
	const expired =
		expiredKeys > 0 ? `, and ${counted(expiredKeys, 'key')} that had expired left out` : '';
	const again = safetySnapshot && ` In words of this command: --backup ${safetySnapshot}`;
	return [
		`Restored Redis at ${target} from ${backupId} by ${method}: ${counted(keys, 'key')}${expired}.`,
		`The data are ${humanDuration(dataAgeMs / 1000)} old; the restore took ${humanDuration(durationMs / 1000)}.`,
		`To go back: ${undo}${again ?? ''}`,
	];
}
