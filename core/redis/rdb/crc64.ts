/** CRC-64/Jones (the checksum of RDB files and DUMP payloads), reflected: low and high half. */
const POLYNOMIAL_LOW = 0xac4bc9b5;
const POLYNOMIAL_HIGH = 0x95ac9329;

/** Bytes that are looked up at once; one table of 256 entries for each. */
const STRIDE = 16;

const LOW = new Int32Array(STRIDE * 256);
const HIGH = new Int32Array(STRIDE * 256);

for (let byte = 0; byte < 256; byte++) {
	let low = byte;
	let high = 0;
	for (let bit = 0; bit < 8; bit++) {
		const carry = low & 1;
		low = (low >>> 1) | (high << 31);
		high >>>= 1;
		if (carry) {
			low ^= POLYNOMIAL_LOW;
			high ^= POLYNOMIAL_HIGH;
		}
	}
	LOW[byte] = low;
	HIGH[byte] = high;
}
for (let at = 256; at < STRIDE * 256; at++) {
	const low = LOW[at - 256] as number;
	const high = HIGH[at - 256] as number;
	LOW[at] = ((low >>> 8) | (high << 24)) ^ (LOW[low & 0xff] as number);
	HIGH[at] = (high >>> 8) ^ (HIGH[low & 0xff] as number);
}

/** The state of a running checksum. */
export class Crc64 {
	private low = 0;
	private high = 0;

	update(bytes: Uint8Array): this {
		const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		const end = bytes.length;
		let { low, high } = this;
		let at = 0;
		for (const blocks = end - (end % STRIDE); at < blocks; at += STRIDE) {
			const first = words.getInt32(at, true) ^ low;
			const second = words.getInt32(at + 4, true) ^ high;
			const third = words.getInt32(at + 8, true);
			const fourth = words.getInt32(at + 12, true);
			low =
				wordOf(LOW, first, 12) ^
				wordOf(LOW, second, 8) ^
				wordOf(LOW, third, 4) ^
				wordOf(LOW, fourth, 0);
			high =
				wordOf(HIGH, first, 12) ^
				wordOf(HIGH, second, 8) ^
				wordOf(HIGH, third, 4) ^
				wordOf(HIGH, fourth, 0);
		}
		for (; at < end; at++) {
			const entry = (low ^ (bytes[at] as number)) & 0xff;
			low = ((low >>> 8) | (high << 24)) ^ (LOW[entry] as number);
			high = (high >>> 8) ^ (HIGH[entry] as number);
		}
		this.low = low;
		this.high = high;
		return this;
	}

	/**
	 * Whether the checksum of what was read is zero: it is, when that ended with its own checksum in
	 * little endian.
	 */
	get isZero(): boolean {
		return this.low === 0 && this.high === 0;
	}

	/** The checksum as it stands behind the data, in little endian. */
	toBuffer(): Buffer {
		const bytes = Buffer.alloc(8);
		bytes.writeInt32LE(this.low, 0);
		bytes.writeInt32LE(this.high, 4);
		return bytes;
	}
}

/** What four bytes add to the checksum, when `after` bytes of the block come behind them. */
function wordOf(table: Int32Array, word: number, after: number): number {
	const from = after << 8;
	return (
		(table[from + 768 + (word & 0xff)] as number) ^
		(table[from + 512 + ((word >>> 8) & 0xff)] as number) ^
		(table[from + 256 + ((word >>> 16) & 0xff)] as number) ^
		(table[from + (word >>> 24)] as number)
	);
}
