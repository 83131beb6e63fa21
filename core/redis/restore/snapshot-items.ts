import { Crc64 } from '../rdb/crc64';

/** A key as it is restored by itself. */
export interface KeyItem {
	kind: 'key';
	database: number;
	key: Buffer;
	/** What RESTORE takes: the value serialized, with version and checksum. */
	payload: Buffer;
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
 * The payload for RESTORE of a value as it stands in an RDB file, of `length` bytes, which `fill` puts
 * into their place: both have the same serialization, and a payload ends with a seal of its own.
 */
export async function restorePayload(
	{ type, length, rdbVersion }: { type: number; length: number; rdbVersion: number },
	fill: (target: Buffer) => Promise<void>,
): Promise<Buffer> {
	const payload = Buffer.allocUnsafe(1 + length + SEAL_BYTES);
	payload[0] = type;
	await fill(payload.subarray(1, 1 + length));
	payload.writeUInt16LE(rdbVersion, 1 + length);
	const end = payload.length - 8;
	new Crc64().update(payload.subarray(0, end)).toBuffer().copy(payload, end);
	return payload;
}
