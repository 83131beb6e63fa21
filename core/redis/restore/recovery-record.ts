import { createCipheriv, createDecipheriv, randomBytes, randomInt, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';

const PREFIX = 'n8n-dr-restore';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Far above the offset of any real master, so that nobody mistakes one for the other. */
const OFFSET_FLOOR = 2 ** 46;

/** Values of CONFIG by name, as they were before a restore. */
export type Settings = Readonly<Record<string, string>>;
const settingsSchema = z.record(z.string(), z.string());

/**
 * What one restore by replication leaves on the server for whoever finds it after a crash. It travels
 * in `masterauth`, as the very secret that the server has to show to us.
 */
export interface RecoveryRecord {
	/** Of the run; also in the name of its connection, which is there for as long as the run lives. */
	readonly runId: string;
	/** Of the server; it has another one after each start. */
	readonly serverRunId: string;
	/** Replication offset that we announce; a server that has it has loaded the snapshot. */
	readonly offset: number;
	/** The whole text. Secret: who shows it gets the snapshot. */
	readonly text: string;
}

/** Name of the connection of a run, by which others see that it lives. */
export function connectionNameOf(runId: string): string {
	return `${PREFIX}-${runId}`;
}

/** Id of the run that a connection belongs to, or nothing for a connection of anybody else. */
export function runIdOfConnection(name: string): string | undefined {
	return new RegExp(`^${PREFIX}-([0-9a-f]+)$`).exec(name)?.[1];
}

export function newRunId(): string {
	return randomBytes(4).toString('hex');
}

/**
 * A new record that carries `previous`, sealed with the password of the server: the text is shown to
 * whoever listens where we did, and `masterauth` may be the password of other servers.
 */
export async function createRecoveryRecord(
	{ runId, serverRunId }: { runId: string; serverRunId: string },
	previous: Settings,
	password: string,
): Promise<RecoveryRecord> {
	const secret = randomBytes(16);
	const nonce = randomBytes(NONCE_BYTES);
	const cipher = createCipheriv(CIPHER, await keyFrom(password, secret), nonce);
	const sealed = Buffer.concat([
		nonce,
		cipher.update(JSON.stringify(previous), 'utf8'),
		cipher.final(),
		cipher.getAuthTag(),
	]);
	const offset = OFFSET_FLOOR + randomInt(OFFSET_FLOOR);
	const parts = [
		PREFIX,
		runId,
		serverRunId,
		offset,
		secret.toString('hex'),
		sealed.toString('base64url'),
	];
	return { runId, serverRunId, offset, text: parts.join(':') };
}

/** Reads `masterauth`; nothing where it is not of our making. */
export function parseRecoveryRecord(masterauth: string): RecoveryRecord | undefined {
	const [prefix, runId, serverRunId, offset, secret, sealed] = masterauth.split(':');
	if (prefix !== PREFIX || !runId || !serverRunId || !secret || !sealed) return undefined;
	return { runId, serverRunId, offset: Number(offset), text: masterauth };
}

/** The settings in a record, or nothing where the password is another one than when it was made. */
export async function openRecoveryRecord(
	record: RecoveryRecord,
	password: string,
): Promise<Settings | undefined> {
	const [, , , , secret = '', sealed = ''] = record.text.split(':');
	const bytes = Buffer.from(sealed, 'base64url');
	if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
	try {
		const key = await keyFrom(password, Buffer.from(secret, 'hex'));
		const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES));
		decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
		const content = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
		return settingsSchema.parse(JSON.parse(Buffer.concat(content).toString('utf8')));
	} catch {
		return undefined;
	}
}

async function keyFrom(password: string, salt: Buffer): Promise<Buffer> {
	return await promisify<string, Buffer, number, Buffer>(scrypt)(password, salt, 32);
}
