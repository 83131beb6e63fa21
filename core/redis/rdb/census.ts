import { hash } from 'node:crypto';

/** What was counted of one key. */
export interface CountedKey {
	database: number;
	/** Nothing where it is too long to be compared. */
	name: Buffer | undefined;
	/** As the command TYPE calls it. */
	type: string;
	/** Milliseconds since 1970. */
	expiresAt: number | undefined;
}

/** What one database holds. */
export interface DatabaseCensus {
	index: number;
	keys: number;
	/** Keys that expire. */
	expiring: number;
	/** Keys by type, as the command TYPE calls it. */
	types: Record<string, number>;
	/**
	 * Sum, modulo 2^64, over all keys of the first 64 bits of the SHA-256 of `<type>\0<expiry>\0<name>`,
	 * in hexadecimal: the order does not matter. Absent where a name was too long.
	 */
	digest?: string;
}

/** Used for one key after the other: a snapshot has millions, and each new buffer is garbage. */
const SCRATCH = Buffer.allocUnsafeSlow(4096);

class Count {
	keys = 0;
	expiring = 0;
	readonly types = new Map<string, number>();
	private low = 0;
	private high = 0;
	private complete = true;

	add({ name, type, expiresAt }: CountedKey): void {
		this.keys++;
		if (expiresAt !== undefined) this.expiring++;
		this.types.set(type, (this.types.get(type) ?? 0) + 1);
		if (!name) {
			this.complete = false;
			return;
		}
		const sum = sha256(`${type}\0${expiresAt === undefined ? '' : digitsOf(expiresAt)}\0`, name);
		const low = this.low + wordAt(sum, 0);
		this.low = low >>> 0;
		this.high = (this.high + wordAt(sum, 4) + (low > 0xffff_ffff ? 1 : 0)) >>> 0;
	}

	get digest(): string | undefined {
		if (!this.complete) return undefined;
		const half = (value: number) => value.toString(16).padStart(8, '0');
		return half(this.high) + half(this.low);
	}
}

/** With one character for each byte, which costs a third of a buffer. */
function sha256(prefix: string, name: Buffer): string {
	const prefixBytes = Buffer.byteLength(prefix);
	const bytes = prefixBytes + name.length;
	const text = bytes <= SCRATCH.length ? SCRATCH.subarray(0, bytes) : Buffer.allocUnsafe(bytes);
	text.write(prefix);
	name.copy(text, prefixBytes);
	return hash('sha256', text, 'binary');
}

/**
 * As `String` gives them, but without its cache of numbers, which keeps each one long enough to be
 * garbage that only a collection of the whole heap removes.
 */
function digitsOf(milliseconds: number): string {
	return Number.isSafeInteger(milliseconds) ? milliseconds.toFixed(0) : String(milliseconds);
}

/** Four bytes, the least significant first. */
function wordAt(bytes: string, at: number): number {
	const byte = (index: number) => bytes.charCodeAt(at + index);
	return (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)) >>> 0;
}

/** Counts keys, wherever they come from: from a file or from a server. */
export class Census {
	private readonly counts = new Map<number, Count>();

	add(key: CountedKey): void {
		let count = this.counts.get(key.database);
		if (!count) this.counts.set(key.database, (count = new Count()));
		count.add(key);
	}

	get keys(): number {
		return [...this.counts.values()].reduce((sum, { keys }) => sum + keys, 0);
	}

	/** The databases that hold a key, in their order. */
	get databases(): DatabaseCensus[] {
		return [...this.counts]
			.sort(([one], [other]) => one - other)
			.map(([index, { keys, expiring, types, digest }]) => ({
				...{ index, keys, expiring },
				types: Object.fromEntries([...types].sort(([a], [b]) => (a < b ? -1 : 1))),
				...(digest !== undefined && { digest }),
			}));
	}
}
