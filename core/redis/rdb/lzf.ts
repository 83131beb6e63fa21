/**
 * Unpacks LZF, the compression of strings in RDB files. Returns nothing where the bytes are not LZF of
 * exactly `length` bytes.
 */
export function unpackLzf(packed: Buffer, length: number): Buffer | undefined {
	const out = Buffer.alloc(length);
	let from = 0;
	let to = 0;
	while (from < packed.length) {
		const control = packed[from++] as number;
		if (control < 32) {
			const literals = control + 1;
			if (from + literals > packed.length || to + literals > length) return undefined;
			packed.copy(out, to, from, from + literals);
			from += literals;
			to += literals;
			continue;
		}
		const long = control >> 5 === 7;
		if (from + (long ? 2 : 1) > packed.length) return undefined;
		const count = (control >> 5) + 2 + (long ? (packed[from++] as number) : 0);
		let reference = to - ((control & 31) << 8) - (packed[from++] as number) - 1;
		if (reference < 0 || to + count > length) return undefined;
		// Byte by byte: a reference may reach into what it is writing.
		for (let left = count; left > 0; left--) out[to++] = out[reference++] as number;
	}
	return to === length ? out : undefined;
}
