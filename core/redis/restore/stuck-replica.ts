import { setTimeout as sleep } from 'node:timers/promises';

import { ConfigurationError } from '../../errors';
import { reasonOf } from '../../repository/reason';
import { isForbidden } from '../command-errors';
import { readRecordSetting, returnSettings } from './borrowed-settings';
import { promote } from './promote';
import {
	connectionNameOf,
	openRecoveryRecord,
	parseRecoveryRecord,
	type RecoveryRecord,
} from './recovery-record';
import type { RedisServer } from '../server';
import { isBusy } from './run-lock';
import type { ServerInfo } from '../server-info';
import { ServerSession } from './server-session';

/** A run that lives passes through every state without a sync in less than this. */
const WATCH_MS = 3_000;
/** A connection of a process that is gone without a word; a run that lives asks more often. */
const SILENT_SECONDS = 60;
/** What we send after a snapshot, one question, with room for the offset's own count. */
const MOST_BYTES_BEHIND_SNAPSHOT = 256;
const LIMITS = { unreachable: 15_000, loading: 30 * 60_000 };

/** A server on which a restore by replication has not put everything back. */
export interface StuckReplica {
	runId: string;
	/** Whether that restore still runs: then nothing is wrong. */
	running: boolean;
	/** Whether the server is a replica, and so takes no writes. */
	isReplica: boolean;
	/** Where it looks for its master; only of a replica. */
	master?: { host: string; port: number };
}

/** What is on the server: that of the restore, or that of before; unknown where it was started anew. */
export type DataState = 'restored' | 'previous' | 'unknown';

export interface HealResult {
	runId: string;
	data: DataState;
	warnings: string[];
}

/**
 * Looks for the traces of a restore that ended without cleaning up, or that still runs. Needs INFO and
 * CONFIG GET; CLIENT LIST tells at once whether it runs, without it this takes three seconds.
 */
export async function findStuckReplica(
	server: RedisServer,
	signal?: AbortSignal,
): Promise<StuckReplica | undefined> {
	const session = await ServerSession.open(server, signal);
	try {
		return (await lookForStuckReplica(session))?.stuck;
	} finally {
		session.close();
	}
}

/** The same over a connection that is open, and with the secret that the server carries. */
async function lookForStuckReplica(
	session: ServerSession,
): Promise<{ stuck: StuckReplica; record: RecoveryRecord } | undefined> {
	const record = parseRecoveryRecord(await readRecordSetting(session));
	if (record === undefined) return undefined;
	const info = await session.info();
	const isReplica = info.get('role') === 'slave';
	const stuck = {
		runId: record.runId,
		running: await isRunning(session, record, info),
		isReplica,
		...(isReplica && {
			master: { host: info.get('master_host') ?? '', port: info.number('master_port') },
		}),
	};
	return { stuck, record };
}

/**
 * Makes such a server a master again and puts its settings back; what they were is sealed with the
 * password that the restore used. Resolves with nothing where there is nothing to heal; rejects
 * with `ConflictError` where the restore still runs, and with `ConfigurationError` where the account
 * may not do it.
 */
export async function healStuckReplica(
	server: RedisServer,
	signal?: AbortSignal,
): Promise<HealResult | undefined> {
	const session = await ServerSession.open(server, signal);
	try {
		const found = await lookForStuckReplica(session);
		if (found === undefined) return undefined;
		const { stuck, record } = found;
		if (stuck.running) throw isBusy();
		const previous = await openRecoveryRecord(record, server.password);
		const info = await promote(
			() => ServerSession.open(server),
			LIMITS,
			async (master) => await returnSettings(master, previous),
		).catch((error: unknown) => {
			throw isForbidden(error) ? mayNotHeal(error) : error;
		});
		return {
			runId: stuck.runId,
			data: dataState(info, record),
			warnings:
				previous === undefined
					? [
							'What masterauth, masteruser, repl-diskless-load and replica-read-only of the server were before the interrupted restore is not known, as its password has changed since. They have their default values now.',
						]
					: [],
		};
	} finally {
		session.close();
	}
}

function mayNotHeal(cause: unknown): ConfigurationError {
	return new ConfigurationError(
		`An interrupted restore has left the server as a replica, and this account may not make it a master again: ${reasonOf(cause).replace(/\.$/, '')}.`,
		{
			hint: 'Use an account with the rights that the documentation lists for a restore by replication; by hand: REPLICAOF NO ONE.',
			cause,
		},
	);
}

/** Which data a server has that was made a master again: a load leaves our offset behind. */
export function dataState(info: ServerInfo, record: RecoveryRecord): DataState {
	// A server that was started anew has what was on its disk, and an offset from there.
	if (info.get('run_id') !== record.serverRunId) return 'unknown';
	// Not just any that is larger: an earlier restore may have left one of those.
	const ahead = info.number('second_repl_offset') - record.offset;
	return ahead > 0 && ahead <= MOST_BYTES_BEHIND_SNAPSHOT ? 'restored' : 'previous';
}

async function isRunning(
	session: ServerSession,
	record: RecoveryRecord,
	info: ServerInfo,
): Promise<boolean> {
	const seen = await hasConnection(session, record.runId);
	if (seen !== undefined) return seen;
	if (isSynchronizing(info)) return true;
	await sleep(WATCH_MS);
	return (
		isSynchronizing(await session.info()) || (await readRecordSetting(session)) !== record.text
	);
}

function isSynchronizing(info: ServerInfo): boolean {
	return info.get('master_sync_in_progress') === '1' || info.get('master_link_status') === 'up';
}

/** Whether the run still has its connection; nothing where the account may not see that. */
async function hasConnection(session: ServerSession, runId: string): Promise<boolean | undefined> {
	let clients: string;
	try {
		clients = String(await session.call('CLIENT', 'LIST'));
	} catch {
		return undefined;
	}
	const line = clients
		.split('\n')
		.find((each) => each.includes(` name=${connectionNameOf(runId)} `));
	return line !== undefined && Number(/ idle=(\d+)/.exec(line)?.[1]) < SILENT_SECONDS;
}
