import { ConfigurationError } from '../errors';
import { formatStamp, isComponent, parseStamp, readBackupId } from './naming';

/** Beside the payload; its existence makes the payload a backup. */
export const MANIFEST_FILE = 'manifest.json';

/** Component of the records of drills and incidents: evidence, not copies of anything. */
export const EVENT_COMPONENT = 'event';

/** Ends the names of files that a store has not finished. */
export const PARTIAL = '.partial';

/** Begin the keys of what a test of the connection writes and removes again: a file, an object. */
export const PROBE_FOLDER = 'probe';
export const PROBE_OBJECT = 'connection-test-';

/** How far a backup was proved, weakest first. */
export const VERIFICATION_LEVELS = ['stored', 'readable', 'restored', 'smoke'] as const;

/** @see VERIFICATION_LEVELS */
export type VerificationLevel = (typeof VERIFICATION_LEVELS)[number];

/** Levels that say that the content can be had back; intact bytes alone may be locked or nonsense. */
const PROOFS: ReadonlySet<VerificationLevel> = new Set(['readable', 'restored', 'smoke']);

const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
/** Behind the id: the random part, the kind of content, and what was done to it. */
const PAYLOAD = /^-[0-9a-f]{12}\.[a-z0-9]{1,16}(\.(zst|gz))?(\.age)?$/;
/** Behind the id, of what a repair keeps there for as long as it runs. */
export const STAGED = '.repair';
export const CLAIM = '-repair.claim';
const REPAIR = /^-([0-9a-f]{12}\.repair|repair\.claim)$/;
const PROBE = /^(probe\/[0-9a-f]{16}|connection-test-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const VERIFICATION = /^verified-([a-z]+)-(\d{14})\.json$/;

/** What one file in the folder of a backup is, as its name tells. */
export type BackupFile =
	| { kind: 'manifest' }
	| { kind: 'payload' }
	| { kind: 'repair' }
	| { kind: 'verification'; level: VerificationLevel; at: Date };

/** Where a key belongs in the catalogue. */
export interface ParsedKey {
	component: string;
	name: string;
	id: string;
	consistencyPoint: Date;
	file: BackupFile;
}

/** Whether `text` can be one part of a key; hidden files and `..` never are. */
export function isKeySegment(text: string): boolean {
	return SEGMENT.test(text);
}

/** Rejects with `ConfigurationError` what could leave the repository's root or is not a key. */
export function assertKey(key: string): void {
	if (key.split('/').every(isKeySegment) && !key.endsWith(PARTIAL)) return;
	throw new ConfigurationError(`${JSON.stringify(key)} is not a valid key in a repository.`, {
		hint: 'Keys are made of letters, digits, dots, hyphens and underscores, with single slashes between their parts.',
	});
}

/** Whether a verification of this level proves that the content can be had back. */
export function isProof(level: VerificationLevel): boolean {
	return PROOFS.has(level);
}

/** Whether `writeBackup` could have given a payload this name; others are somebody else's. */
export function isOwnPayload(id: string, fileName: string): boolean {
	const rest = fileName.slice(id.length);
	return fileName.startsWith(id) && PAYLOAD.test(rest) && !REPAIR.test(rest);
}

/** Whether only a test of the connection can have written this key. */
export function isProbe(key: string): boolean {
	return PROBE.test(key);
}

/** The file name of a verification record; it says everything that a listing has to know. */
export function verificationFile(level: VerificationLevel, at: Date): string {
	return `verified-${level}-${formatStamp(at)}.json`;
}

/** Reads a key of the repository format; `undefined` for anything else that lies in a store. */
export function parseKey(key: string): ParsedKey | undefined {
	const [component, name, id, fileName, ...rest] = key.split('/');
	if (component === undefined || name === undefined || id === undefined) return undefined;
	if (fileName === undefined || rest.length > 0 || !isComponent(component)) return undefined;
	const parsed = readBackupId(id);
	const file = parseFileName(id, fileName);
	if (parsed?.name !== name || file === undefined) return undefined;
	return { component, name, id, consistencyPoint: parsed.consistencyPoint, file };
}

function parseFileName(id: string, fileName: string): BackupFile | undefined {
	if (fileName === MANIFEST_FILE) return { kind: 'manifest' };
	if (fileName.startsWith(`${id}-`) && isKeySegment(fileName)) {
		return { kind: REPAIR.test(fileName.slice(id.length)) ? 'repair' : 'payload' };
	}
	const [, levelText, stamp] = VERIFICATION.exec(fileName) ?? [];
	const level = VERIFICATION_LEVELS.find((known) => known === levelText);
	const at = stamp === undefined ? undefined : parseStamp(stamp);
	return level !== undefined && at !== undefined ? { kind: 'verification', level, at } : undefined;
}
