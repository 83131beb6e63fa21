/**
 * One thing to read of an RDB file. Every step takes at least one byte, so that no count, however
 * large, makes the walk longer than the file.
 */
export type Step =
	/** A length-encoded integer; a 64-bit one is read, but not kept. */
	| { op: 'number' }
	/** A string in any encoding, of any length. */
	| { op: 'string' }
	/** The same, kept where it is short enough. */
	| { op: 'keep' }
	| { op: 'bytes'; count: number }
	/** A number of one byte. */
	| { op: 'byte' }
	/** A score as text, with the three lengths that stand for no number and the infinities. */
	| { op: 'score' }
	/** When the key expires, in milliseconds (8 bytes) or seconds (4 bytes). */
	| { op: 'expiry'; count: 4 | 8 }
	/** A number, then what comes once, then the steps as many times. */
	| { op: 'repeat'; once?: readonly Step[]; steps: readonly Step[] }
	/** A number, then the steps that it stands for. */
	| { op: 'choose'; cases: Readonly<Record<number, readonly Step[]>> }
	/** The same again and again, until the number is zero. */
	| { op: 'until-zero'; cases: Readonly<Record<number, readonly Step[]>> }
	/** The 64 bits that name the module which owns what follows. */
	| { op: 'module-id' }
	/** The fields of the hash template whose number was read before. */
	| { op: 'template-fields' }
	/** A value for each field of that template. */
	| { op: 'template-values' };

const NUMBER: Step = { op: 'number' };
const STRING: Step = { op: 'string' };
const KEEP: Step = { op: 'keep' };
const bytes = (count: number): Step => ({ op: 'bytes', count });
const repeat = (...steps: Step[]): Step => ({ op: 'repeat', steps });

/** A stream ID as 128 bits. */
const RAW_ID = bytes(16);
const MILLISECONDS = bytes(8);

const MODULE_CONTENT: Step = {
	op: 'until-zero',
	cases: { 1: [NUMBER], 2: [NUMBER], 3: [bytes(4)], 4: [bytes(8)], 5: [STRING] },
};

/** The five versions of streams; each has all of the one before. */
function stream(version: 1 | 2 | 3 | 4 | 5): Step[] {
	const since = (first: number, ...steps: Step[]) => (version >= first ? steps : []);
	const pending = [RAW_ID, MILLISECONDS, NUMBER];
	const consumer = [STRING, MILLISECONDS, ...since(3, MILLISECONDS), repeat(RAW_ID)];
	return [
		// Listpacks of entries; how many entries there are, and the last ID.
		...[repeat(STRING, STRING), NUMBER, NUMBER, NUMBER],
		// The first ID, the highest that was deleted, and how many were ever added.
		...since(2, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER),
		// Consumer groups: last ID, entries read, pending entries, consumers, released entries.
		repeat(
			...[STRING, NUMBER, NUMBER, ...since(2, NUMBER), repeat(...pending), repeat(...consumer)],
			...since(5, repeat(RAW_ID)),
		),
		// Idempotent producers: two limits, their entries, two counters.
		...since(4, NUMBER, NUMBER, repeat(STRING, repeat(STRING, NUMBER, NUMBER)), NUMBER, NUMBER),
	];
}

/** How the value of a type is laid out; `name` is the word of the command TYPE. */
export interface ValueType {
	name: string;
	steps: readonly Step[];
}

const type = (name: string, ...steps: Step[]): ValueType => ({ name, steps });

/** By its number in the file. Whatever is encoded in one string has no more structure here. */
const COMMON_TYPES: Readonly<Record<number, ValueType>> = {
	0: type('string', STRING),
	1: type('list', repeat(STRING)),
	2: type('set', repeat(STRING)),
	3: type('zset', repeat(STRING, { op: 'score' })),
	4: type('hash', repeat(STRING, STRING)),
	5: type('zset', repeat(STRING, bytes(8))),
	7: type('module', { op: 'module-id' }, MODULE_CONTENT),
	9: type('hash', STRING),
	10: type('list', STRING),
	11: type('set', STRING),
	12: type('zset', STRING),
	13: type('hash', STRING),
	14: type('list', repeat(STRING)),
	15: type('stream', ...stream(1)),
	16: type('hash', STRING),
	17: type('zset', STRING),
	18: type('list', repeat(NUMBER, STRING)),
	19: type('stream', ...stream(2)),
	20: type('set', STRING),
	21: type('stream', ...stream(3)),
};

/** Since Redis 7.4: hashes with fields that expire. The first two are of its release candidates. */
const REDIS_TYPES: Readonly<Record<number, ValueType>> = {
	22: type('hash', repeat(NUMBER, STRING, STRING)),
	23: type('hash', STRING),
	24: type('hash', MILLISECONDS, repeat(NUMBER, STRING, STRING)),
	25: type('hash', MILLISECONDS, STRING),
	26: type('stream', ...stream(4)),
	27: type('stream', ...stream(5)),
	// The insert index, if there is one; then index, kind and content of each element.
	28: type('array', {
		op: 'repeat',
		once: [{ op: 'choose', cases: { 0: [], 1: [NUMBER] } }],
		steps: [
			NUMBER,
			{ op: 'choose', cases: { 0: [STRING], 1: [bytes(8)], 2: [bytes(8)], 3: [STRING] } },
		],
	}),
	29: type('hash', repeat(STRING), STRING),
	30: type('hash', STRING),
	31: type('hash', repeat(STRING, STRING)),
	32: type('hash', NUMBER, { op: 'template-values' }),
	33: type('gcra', NUMBER),
};

/** Since Valkey 9. */
const VALKEY_TYPES: Readonly<Record<number, ValueType>> = {
	22: type('hash', repeat(STRING, STRING, MILLISECONDS)),
};

/** What stands between the keys, by its opcode. */
export const OPCODE = {
	hashTemplate: 242,
	keyMetadata: 243,
	slotInfo: 244,
	functionLibrary: 245,
	moduleAux: 247,
	idleTime: 248,
	frequency: 249,
	aux: 250,
	resizeDatabase: 251,
	expiryMilliseconds: 252,
	expirySeconds: 253,
	selectDatabase: 254,
	end: 255,
} as const;

const COMMON_OPCODES: Readonly<Record<number, readonly Step[]>> = {
	[OPCODE.slotInfo]: [NUMBER, NUMBER, NUMBER],
	[OPCODE.functionLibrary]: [KEEP],
	[OPCODE.moduleAux]: [{ op: 'module-id' }, NUMBER, NUMBER, MODULE_CONTENT],
	[OPCODE.idleTime]: [NUMBER],
	[OPCODE.frequency]: [{ op: 'byte' }],
	[OPCODE.aux]: [KEEP, KEEP],
	[OPCODE.resizeDatabase]: [NUMBER, NUMBER],
	[OPCODE.expiryMilliseconds]: [{ op: 'expiry', count: 8 }],
	[OPCODE.expirySeconds]: [{ op: 'expiry', count: 4 }],
	[OPCODE.selectDatabase]: [NUMBER],
};

/** Whose server wrote a file; the two have given numbers of their own to what they added. */
export type Flavor = 'redis' | 'valkey';

/** The types of values and the opcodes of a flavor. The key stands between a type and its value. */
export const GRAMMAR: Readonly<
	Record<
		Flavor,
		{
			types: Readonly<Record<number, ValueType>>;
			opcodes: Readonly<Record<number, readonly Step[]>>;
		}
	>
> = {
	redis: {
		types: { ...COMMON_TYPES, ...REDIS_TYPES },
		opcodes: {
			...COMMON_OPCODES,
			[OPCODE.hashTemplate]: [NUMBER, { op: 'template-fields' }],
			[OPCODE.keyMetadata]: [repeat(bytes(4), MODULE_CONTENT)],
		},
	},
	valkey: {
		types: { ...COMMON_TYPES, ...VALKEY_TYPES },
		opcodes: {
			...COMMON_OPCODES,
			// Of a cluster: the slots that were about to move here.
			[OPCODE.keyMetadata]: [STRING, repeat(NUMBER, NUMBER)],
		},
	},
};

/** The newest version of a flavor whose files were read here from a real server. */
export const NEWEST_PROVED: Readonly<Record<Flavor, number>> = { redis: 12, valkey: 80 };
