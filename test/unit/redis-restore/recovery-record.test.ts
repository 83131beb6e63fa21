import {
	connectionNameOf,
	createRecoveryRecord,
	newRunId,
	openRecoveryRecord,
	parseRecoveryRecord,
	runIdOfConnection,
} from '../../../core/redis/restore/recovery-record';
import { ServerInfo } from '../../../core/redis/server-info';
import { dataState } from '../../../core/redis/restore/stuck-replica';

const IDS = { runId: newRunId(), serverRunId: 'a'.repeat(40) };
const SETTINGS = { masterauth: 'of:other "servers"', 'repl-diskless-load': 'disabled' };

test('a record gives the settings back to whoever knows the password', async () => {
	const { text, offset } = await createRecoveryRecord(IDS, SETTINGS, 'secret');
	expect(text).not.toContain('servers');
	const record = parseRecoveryRecord(text);
	if (!record) throw new Error('It was not recognised');
	expect(record).toEqual({ ...IDS, offset, text });
	expect(await openRecoveryRecord(record, 'secret')).toEqual(SETTINGS);
	expect(await openRecoveryRecord(record, 'another')).toBeUndefined();
});

test('no two records share their secret', async () => {
	const one = await createRecoveryRecord(IDS, SETTINGS, 'secret');
	const other = await createRecoveryRecord(IDS, SETTINGS, 'secret');
	expect(one.text).not.toBe(other.text);
	expect(Number.isSafeInteger(one.offset)).toBe(true);
});

test.each(['', 'password', 'n8n-dr-restore', 'n8n-dr-restore:a:b', 'x:a:b:1:c:d'])(
	'%j is a password of somebody else',
	(masterauth) => expect(parseRecoveryRecord(masterauth)).toBeUndefined(),
);

test('a record that was cut off opens nothing', async () => {
	const { text } = await createRecoveryRecord(IDS, SETTINGS, 'secret');
	const record = parseRecoveryRecord(text.slice(0, -10));
	expect(record && (await openRecoveryRecord(record, 'secret'))).toBeUndefined();
});

test('the connection of a run is told by its name', () => {
	expect(runIdOfConnection(connectionNameOf(IDS.runId))).toBe(IDS.runId);
	expect(runIdOfConnection('n8n-dr-restore')).toBeUndefined();
	expect(runIdOfConnection('worker')).toBeUndefined();
});

test('which data a server has, by the offset that it is left with', async () => {
	const record = await createRecoveryRecord(IDS, SETTINGS, 'secret');
	const state = (offset: number, run = IDS.serverRunId) =>
		dataState(new ServerInfo(`run_id:${run}\r\nsecond_repl_offset:${offset}\r\n`), record);
	expect(state(record.offset + 38)).toBe('restored');
	expect(state(1)).toBe('previous');
	// Of an earlier restore, which happened to announce a larger one.
	expect(state(record.offset + 1_000_000)).toBe('previous');
	expect(state(record.offset + 38, 'b'.repeat(40))).toBe('unknown');
});
