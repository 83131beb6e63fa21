import type { RecoveryRecord, Settings } from './recovery-record';
import type { ServerSession } from './server-session';
import type { TransferMode } from './transfer-mode';

/** Carries the record, and so is the first to be changed and the last to be put back. */
const RECORD_SETTING = 'masterauth';
const LOAD_SETTING = 'repl-diskless-load';

/** What a server has by default, for when nobody knows what it had. */
const DEFAULTS: Settings = {
	[RECORD_SETTING]: '',
	masteruser: '',
	[LOAD_SETTING]: 'disabled',
	'replica-read-only': 'yes',
};

/** The settings that a restore changes for a while, as they are; those that this server has not are left out. */
export async function readBorrowedSettings(session: ServerSession): Promise<Settings> {
	const settings: Record<string, string> = {};
	for (const name of Object.keys(DEFAULTS)) {
		const value = await session.setting(name);
		if (value !== undefined) settings[name] = value;
	}
	return settings;
}

/** Makes the server show the secret of `record` to its master, and load in this mode. */
export async function borrowSettings(
	session: ServerSession,
	previous: Settings,
	record: RecoveryRecord,
	mode: TransferMode,
): Promise<void> {
	await session.changeSetting(RECORD_SETTING, record.text);
	const during: Settings = {
		masteruser: '',
		[LOAD_SETTING]: mode === 'swap' ? 'swapdb' : 'disabled',
		// A write that is accepted meanwhile would be lost without a word.
		'replica-read-only': 'yes',
	};
	for (const [name, value] of Object.entries(during)) {
		if (previous[name] !== undefined && previous[name] !== value) {
			await session.changeSetting(name, value);
		}
	}
}

/** Puts the settings back, or to what servers have by default where nobody knows what they were. */
export async function returnSettings(
	session: ServerSession,
	previous: Settings | undefined,
): Promise<void> {
	const { [RECORD_SETTING]: masterauth = '', ...others } = previous ?? DEFAULTS;
	for (const [name, value] of Object.entries(others)) {
		const current = await session.setting(name);
		if (current !== undefined && current !== value) await session.changeSetting(name, value);
	}
	await session.changeSetting(RECORD_SETTING, masterauth);
}

/** The text of the record, where the server carries one or anything else. */
export async function readRecordSetting(session: ServerSession): Promise<string> {
	return (await session.setting(RECORD_SETTING)) ?? '';
}
