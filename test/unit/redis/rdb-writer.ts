import { Crc64 } from '../../../core/redis/rdb/crc64';

/** A length as RDB has it, in its shortest form. */
export function length(value: number): Buffer {
	if (value < 64) return Buffer.from([value]);
	if (value < 16_384) return Buffer.from([0x40 | (value >> 8), value & 0xff]);
	const bytes = Buffer.alloc(5);
	bytes[0] = 0x80;
	bytes.writeUInt32BE(value, 1);
	return bytes;
}

export function string(text: string | Buffer): Buffer {
	const bytes = Buffer.from(text);
	return Buffer.concat([length(bytes.length), bytes]);
}

/** A string that is a small integer: one, two or four bytes. */
export function integer(value: number, size: 1 | 2 | 4): Buffer {
	const bytes = Buffer.alloc(1 + size);
	bytes[0] = 0xc0 | (size >> 1);
	bytes.writeIntLE(value, 1, size);
	return bytes;
}

/** LZF of a byte that is repeated: one literal, then a reference to itself. */
export function compressed(byte: string, times: number): Buffer {
	const packed = Buffer.from([0, byte.charCodeAt(0), 0xe0, times - 1 - 9, 0]);
	return Buffer.concat([Buffer.from([0xc3]), length(packed.length), length(times), packed]);
}

/** A 64-bit length, larger than anything there is. */
export const HUGE = Buffer.from([0x81, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);

const raw = (bytes: number) => Buffer.alloc(bytes, 7);
const repeat = (...items: Buffer[][]) => Buffer.concat([length(items.length), ...items.flat()]);

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Nine characters of six bits, and ten bits for the version. */
function moduleId(name: string, version: number): Buffer {
	const bits = [...name].reduce((id, letter) => id * 64n + BigInt(CHARACTERS.indexOf(letter)), 0n);
	const bytes = Buffer.alloc(9, 0x81);
	bytes.writeBigUInt64BE(bits * 1024n + BigInt(version), 1);
	return bytes;
}

function stream(version: number): Buffer {
	const id = [length(1), length(2)];
	const since = (first: number, ...parts: Buffer[]) => (version >= first ? parts : []);
	const consumer = [string('consumer'), raw(8), ...since(3, raw(8)), repeat([raw(16)])];
	const group = [
		...[string('group'), ...id, ...since(2, length(5))],
		...[repeat([raw(16), raw(8), length(1)]), repeat(consumer), ...since(5, repeat([raw(16)]))],
	];
	return Buffer.concat([
		...[repeat([string(raw(16)), string('listpack')]), length(1), ...id],
		...since(2, ...id, ...id, length(9)),
		repeat(group),
		...since(4, length(100), length(100), repeat([string('p'), repeat([string('i'), ...id])])),
		...since(4, length(3), length(4)),
	]);
}

/** An example of each type of value, by its number; `name` is the word of the command TYPE. */
export const VALUES: readonly { type: number; name: string; value: Buffer; valkey?: boolean }[] = [
	{ type: 0, name: 'string', value: string('value') },
	{ type: 0, name: 'string', value: integer(-5, 1) },
	{ type: 0, name: 'string', value: integer(-500, 2) },
	{ type: 0, name: 'string', value: integer(70_000, 4) },
	{ type: 0, name: 'string', value: compressed('x', 100) },
	{ type: 1, name: 'list', value: repeat([string('a')], [integer(1, 1)]) },
	{ type: 2, name: 'set', value: repeat([string('a')], [string('b')]) },
	{
		...{ type: 3, name: 'zset' },
		value: repeat([string('a'), string('1.5')], [string('b'), Buffer.from([255])]),
	},
	{ type: 4, name: 'hash', value: repeat([string('field'), string('value')]) },
	{ type: 5, name: 'zset', value: repeat([string('a'), raw(8)]) },
	{
		...{ type: 7, name: 'ReJSON-RL' },
		value: Buffer.concat([
			moduleId('ReJSON-RL', 3),
			...[length(2), length(7), length(1), length(9), length(3), raw(4), length(4), raw(8)],
			...[length(5), string('text'), length(0)],
		]),
	},
	...[9, 13, 16].map((type) => ({ type, name: 'hash', value: string('blob') })),
	{ type: 10, name: 'list', value: string('ziplist') },
	...[11, 20].map((type) => ({ type, name: 'set', value: string('blob') })),
	...[12, 17].map((type) => ({ type, name: 'zset', value: string('blob') })),
	{ type: 14, name: 'list', value: repeat([string('ziplist')], [string('ziplist')]) },
	{ type: 15, name: 'stream', value: stream(1) },
	{ type: 18, name: 'list', value: repeat([length(2), string('listpack')]) },
	{ type: 19, name: 'stream', value: stream(2) },
	{ type: 21, name: 'stream', value: stream(3) },
	{ type: 22, name: 'hash', value: repeat([length(99), string('f'), string('v')]) },
	{ type: 22, name: 'hash', value: repeat([string('f'), string('v'), raw(8)]), valkey: true },
	{ type: 23, name: 'hash', value: string('listpack') },
	{
		...{ type: 24, name: 'hash' },
		value: Buffer.concat([raw(8), repeat([length(9), string('f'), string('v')])]),
	},
	{ type: 25, name: 'hash', value: Buffer.concat([raw(8), string('listpack')]) },
	{ type: 26, name: 'stream', value: stream(4) },
	{ type: 27, name: 'stream', value: stream(5) },
	{
		...{ type: 28, name: 'array' },
		value: Buffer.concat([
			...[length(3), length(1), length(4), length(0), length(0), string('text')],
			...[length(1), length(1), raw(8), length(2), length(3), string('small')],
		]),
	},
	{ type: 29, name: 'hash', value: Buffer.concat([repeat([string('f')]), string('listpack')]) },
	{ type: 30, name: 'hash', value: string('listpack') },
	{ type: 31, name: 'hash', value: repeat([string('f'), string('v')]) },
	{ type: 32, name: 'hash', value: Buffer.concat([length(3), string('v'), string('w')]) },
];

export const aux = (name: string, value: string) =>
	Buffer.concat([Buffer.from([250]), string(name), string(value)]);
export const select = (database: number) => Buffer.concat([Buffer.from([254]), length(database)]);
export const library = (code: string) => Buffer.concat([Buffer.from([245]), string(code)]);

export function expiry(milliseconds: number): Buffer {
	const bytes = Buffer.alloc(9, 252);
	bytes.writeBigInt64LE(BigInt(milliseconds), 1);
	return bytes;
}

export const entry = (type: number, name: string | Buffer, value: Buffer) =>
	Buffer.concat([Buffer.from([type]), string(name), value]);

/** A whole file: what stands between the header and the end, with its checksum. */
export function rdb(
	parts: readonly Buffer[],
	{ magic = 'REDIS0012', checksum = true }: { magic?: string; checksum?: boolean } = {},
): Buffer {
	const body = Buffer.concat([Buffer.from(magic), ...parts, Buffer.from([255])]);
	return Buffer.concat([body, checksum ? new Crc64().update(body).toBuffer() : Buffer.alloc(8)]);
}

/** A file with an example of everything. */
export function everything(options: { valkey?: boolean; checksum?: boolean } = {}): Buffer {
	const { valkey = false } = options;
	const values = VALUES.filter((value) =>
		valkey ? value.valkey || value.type < 22 : !value.valkey,
	);
	const specials = valkey
		? [Buffer.concat([Buffer.from([243]), string('job'), length(1), length(0), length(9)])]
		: [
				Buffer.concat([Buffer.from([242]), length(3), repeat([string('f')], [string('g')])]),
				Buffer.concat([Buffer.from([243]), length(1), raw(4), length(0)]),
			];
	return rdb(
		[
			...[aux('redis-ver', '8.0.2'), aux('ctime', '1795385081'), library('#!lua')],
			Buffer.concat([Buffer.from([247]), HUGE, length(2), length(1), length(0)]),
			...[select(0), Buffer.from([251, 40, 1]), Buffer.from([244, 1, 2, 3]), ...specials],
			...values.flatMap(({ type, value }, index) => [
				...(index % 3 === 0 ? [expiry(1_800_000_000_000 + index)] : []),
				...(index % 4 === 0 ? [Buffer.from([248, 9])] : []),
				...(index % 5 === 0 ? [Buffer.from([249, 9])] : []),
				entry(type, `key ${index}`, value),
			]),
			// Names are encoded as values are.
			...[select(70), Buffer.from([0]), integer(-12, 1), string('x')],
			...[Buffer.from([0]), compressed('n', 50), string('x')],
		],
		{ magic: valkey ? 'VALKEY080' : 'REDIS0012', ...options },
	);
}
