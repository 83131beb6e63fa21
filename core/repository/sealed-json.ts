import { createHash } from 'node:crypto';

/** Name of the last property of a sealed file. */
const SEAL = 'sealSha256';
const SEAL_LINES = new RegExp(`  "${SEAL}": "([0-9a-f]{64})"\\n}\\n$`);
const SEAL_BYTES = `  "${SEAL}": "${'0'.repeat(64)}"\n}\n`.length;
/** What ends the last but one property of an object with an indent of two. */
const COMMA = Buffer.from(',\n');

/** A file without a seal was written before there were any. */
export type Seal = 'intact' | 'broken' | 'missing';

/**
 * The JSON text of an object with at least one property, which proves its own bytes: its last
 * property is the SHA-256 of every byte before the line that it stands on, and what follows those
 * bytes can be written in one way only. A shell checks it with `head -n -2 <file> | sha256sum`.
 */
export function sealedJson(content: object): Buffer {
	const text = Buffer.from(JSON.stringify(content, null, 2));
	const sealed = Buffer.concat([text.subarray(0, -'\n}'.length), COMMA]);
	return Buffer.concat([sealed, Buffer.from(`  "${SEAL}": "${sha256(sealed)}"\n}\n`)]);
}

/** Whether the bytes are those that `sealedJson` made. */
export function sealOf(body: Buffer): Seal {
	const [, expected] = SEAL_LINES.exec(body.toString('latin1', body.length - SEAL_BYTES)) ?? [];
	if (expected !== undefined) {
		return sha256(body.subarray(0, -SEAL_BYTES)) === expected ? 'intact' : 'broken';
	}
	// Damage to the seal itself must not make a sealed file pass for an older one.
	return body.includes(`"${SEAL}"`) ? 'broken' : 'missing';
}

function sha256(bytes: Buffer): string {
	return createHash('sha256').update(bytes).digest('hex');
}
