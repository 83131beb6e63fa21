import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../network/connection-errors';
import type { RedisServer } from '../server';
import { reasonOf } from '../../repository/reason';
import type { ServerInfo } from '../server-info';
import { ServerSession } from './server-session';
import type { TransferMode } from './transfer-mode';

const POLL_MS = 20;
const LIMIT_MS = 10 * 60_000;

/**
 * Sees to it that the restored data outlive a restart of the server: waits until it has written its
 * append-only file anew, or has it save what it took over in memory alone. Resolves with warnings where
 * that could not be seen; the restore has succeeded all the same.
 */
export async function persist(
	server: RedisServer,
	mode: TransferMode,
	signal?: AbortSignal,
): Promise<string[]> {
	let session: ServerSession | undefined;
	try {
		session = await ServerSession.open(server);
		return await writeToDisk(session, mode, signal);
	} catch (error) {
		return [
			`Whether the server has written the restored data to its disk is unknown: ${reasonOf(error).replace(/\.$/, '')}.`,
		];
	} finally {
		session?.close();
	}
}

async function writeToDisk(
	session: ServerSession,
	mode: TransferMode,
	signal: AbortSignal | undefined,
): Promise<string[]> {
	const info = await session.info();
	if (info.get('aof_enabled') === '1') {
		return await waitFor(session, isRewriting, 'aof_last_bgrewrite_status', signal);
	}
	// A server that loaded from its disk has the snapshot there, under the name of its own file.
	if (mode === 'disk') return [];
	try {
		await startSaving(session, signal);
	} catch (error) {
		return [
			`The server could not be told to save the restored data (${errorMessage(error)}), so its file still has those of before. Until it saves by itself, a restart brings them back.`,
		];
	}
	return await waitFor(session, isSaving, 'rdb_last_bgsave_status', signal);
}

/** A save that is under way already may be of the data of before: it is waited for. */
async function startSaving(session: ServerSession, signal: AbortSignal | undefined): Promise<void> {
	for (const limit = Date.now() + LIMIT_MS; ; await sleep(POLL_MS)) {
		try {
			await session.call('BGSAVE', 'SCHEDULE');
			return;
		} catch (error) {
			const isBusy = /already in progress/i.test(errorMessage(error));
			if (!isBusy || signal?.aborted || Date.now() > limit) throw error;
		}
	}
}

async function waitFor(
	session: ServerSession,
	isBusy: (info: ServerInfo) => boolean,
	status: string,
	signal: AbortSignal | undefined,
): Promise<string[]> {
	for (const limit = Date.now() + LIMIT_MS; ; await sleep(POLL_MS)) {
		const info = await session.info();
		if (!isBusy(info)) {
			if (info.get(status) === 'ok') return [];
			return [
				'The server failed to write the restored data to its disk, and a restart would bring back those of before. Its log says why.',
			];
		}
		if (signal?.aborted || Date.now() > limit) {
			return ['The server is still writing the restored data to its disk.'];
		}
	}
}

function isRewriting(info: ServerInfo): boolean {
	return info.get('aof_rewrite_in_progress') === '1' || info.get('aof_rewrite_scheduled') === '1';
}

function isSaving(info: ServerInfo): boolean {
	return info.get('rdb_bgsave_in_progress') === '1';
}
