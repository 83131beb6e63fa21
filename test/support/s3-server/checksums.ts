import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { invalidRequest, S3Error } from './s3-error';

/** A digest that is fed in pieces. */
export interface RunningDigest {
	update(chunk: Buffer): void;
	base64(): string;
}

const hash = (algorithm: string) => (): RunningDigest => {
	const running = createHash(algorithm);
	return {
		update: (chunk) => void running.update(chunk),
		base64: () => running.digest('base64'),
	};
};

function runningCrc32(): RunningDigest {
	let value = 0;
	return {
		update: (chunk) => (value = crc32(chunk, value)),
		base64: () => bigEndian(BigInt(value), 4),
	};
}

/** A reflected CRC of any width, a byte at a time (Rocksoft model: reflected in and out, ones at both ends). */
function reflectedCrc(polynomial: bigint, bits: bigint): () => RunningDigest {
	const ones = (1n << bits) - 1n;
	const table = Array.from({ length: 256 }, (_, byte) => {
		let value = BigInt(byte);
		for (let bit = 0; bit < 8; bit += 1) {
			value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
		}
		return value;
	});
	return () => {
		let value = ones;
		return {
			update: (chunk) => {
				for (const byte of chunk) {
					value = (table[Number((value ^ BigInt(byte)) & 0xffn)] ?? 0n) ^ (value >> 8n);
				}
			},
			base64: () => bigEndian(value ^ ones, Number(bits) / 8),
		};
	};
}

function bigEndian(value: bigint, bytes: number): string {
	return Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex').toString('base64');
}

/** By header name; every one that a client sends is verified. */
export const CHECKSUMS: Readonly<Record<string, () => RunningDigest>> = {
	'x-amz-checksum-crc32': runningCrc32,
	'x-amz-checksum-crc32c': reflectedCrc(0x82f63b78n, 32n),
	'x-amz-checksum-crc64nvme': reflectedCrc(0x9a6c9329ac4bc9b5n, 64n),
	'x-amz-checksum-sha1': hash('sha1'),
	'x-amz-checksum-sha256': hash('sha256'),
};

/** Compares what a client announced (in a header or trailer) with what arrived. */
export class ChecksumVerifier {
	private readonly running = new Map<string, RunningDigest>();

	constructor(
		private readonly announced: Map<string, string>,
		trailers: readonly string[],
	) {
		for (const name of [...announced.keys(), ...trailers]) {
			const start = name === 'content-md5' ? hash('md5') : CHECKSUMS[name];
			if (!start) throw invalidRequest(`Unknown checksum ${name}.`);
			this.running.set(name, start());
		}
	}

	update(chunk: Buffer): void {
		for (const digest of this.running.values()) digest.update(chunk);
	}

	/** Checks everything, with the trailers that came at the end; returns the checksums to keep. */
	finish(trailers: ReadonlyMap<string, string>): Map<string, string> {
		const actual = new Map<string, string>();
		for (const [name, digest] of this.running) {
			const value = digest.base64();
			const expected = this.announced.get(name) ?? trailers.get(name);
			if (expected === undefined) throw invalidRequest(`The trailer ${name} did not come.`);
			if (expected !== value) {
				throw new S3Error(400, 'BadDigest', `The ${name} did not match what was received.`);
			}
			if (name !== 'content-md5') actual.set(name, value);
		}
		return actual;
	}
}
