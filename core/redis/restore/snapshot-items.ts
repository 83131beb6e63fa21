import { Crc64 } from '../rdb/crc64';
import type { LongPayload } from './long-payload';

/** A key as it is restored by itself. */
export interface KeyItem {
	kind: 'key';
	database: number;
	key: Buffer;
	/** What RESTORE takes: the value serialized, with version and checksum. */
	payload: Buffer | LongPayload;
	/** When it expires, in milliseconds since 1970. */
	expireAt?: number;
	/** Seconds since it was last used; where the source counted them. */
	idleSeconds?: number;
	/** How often it is used, 0 to 255, on the scale of the server; where the source counted it. */
	frequency?: number;
}

/** A library of functions, as its source text. */
export interface FunctionItem {
	kind: 'function';
	code: Buffer;
}

/** All libraries of functions, as FUNCTION DUMP gives them. */
export interface FunctionsItem {
	kind: 'functions';
	payload: Buffer;
}

/** One thing after the other that a snapshot holds. */
export type SnapshotItem = KeyItem | FunctionItem | FunctionsItem;

/** What stands behind the value: the RDB version in two bytes, and the checksum of all before. */
const SEAL_BYTES = 2 + 8;

/**
 * The payload for RESTORE of a value as it stands in an RDB file: both have the same serialization, and
 * a payload ends with a seal of its own.
 */
export function restorePayload(type: number, value: Buffer, rdbVersion: number): Buffer {
	const payload = Buffer.allocUnsafe(1 + value.length + SEAL_BYTES);
	payload[0] = type;
	value.copy(payload, 1);
	payload.writeUInt16LE(rdbVersion, 1 + value.length);
	const end = payload.length - 8;
	new Crc64().update(payload.subarray(0, end)).toBuffer().copy(payload, end);
	return payload;
}
