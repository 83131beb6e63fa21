import { type Flavor, GRAMMAR, OPCODE, type Step, type ValueType } from './grammar';
import { StepMachine } from './step-machine';

const HEADER_BYTES = 9;
const FOOTER_BYTES = 8;
/** Older files end without a checksum. */
const FIRST_VERSION_WITH_FOOTER = 5;
const KEY: readonly Step[] = [{ op: 'keep' }];
const MOST_DATABASES = 2 ** 31;

/** What a file says of itself in its first bytes. */
export interface RdbHeader {
	flavor: Flavor;
	version: number;
}

/** A key whose value was walked to its end. */
export interface RdbKey {
	database: number;
	/** Nothing where it is longer than a megabyte. Not to be held on to. */
	name: Buffer | undefined;
	/** As the command TYPE calls it. */
	type: string;
	/** Milliseconds since 1970. */
	expiresAt: number | undefined;
	module: boolean;
	/** Where its value stands, and how the file calls its serialization. */
	value: RdbValue;
	/** Seconds since it was used, where the server counted them. */
	idleSeconds: number | undefined;
	/** How often it is used, 0 to 255 on the server's own scale, where the server counted that. */
	frequency: number | undefined;
}

/** The bytes of the file from `start` to before `end`. */
export interface RdbValue {
	type: number;
	start: number;
	end: number;
}

export interface RdbVisitor {
	header?(header: RdbHeader): void;
	/** A fact about the file, e.g. `redis-ver`. */
	aux?(name: string, value: string): void;
	/** Source text; nothing where it is longer than a megabyte. Not to be held on to. */
	functionLibrary?(code: Buffer | undefined): void;
	/** Data of a module that belong to no key. */
	moduleData?(type: string): void;
	key?(key: RdbKey): void;
	/** May change the bytes: eight of an expiry in milliseconds, little endian. */
	expiryBytes?(bytes: Buffer): void;
	/** May change the bytes: eight of the checksum, little endian. */
	footerBytes?(bytes: Buffer): void;
}

/**
 * Walks an RDB file through all of its structure, in chunks of any size and in constant memory: each
 * value is followed to its end, but its content is not looked at. Throws what `damaged` makes of
 * "there is no choice 9", where the bytes cannot be a whole RDB file.
 */
export class RdbWalker {
	private readonly machine: StepMachine;
	private header: RdbHeader = { flavor: 'redis', version: 0 };
	private database = 0;
	private idleSeconds: number | undefined;
	private frequency: number | undefined;
	/** Of the entry that is being read: its opcode, or the type of its value; where its value stands. */
	private opcode = 0;
	private valueStart = 0;
	/** Reads the next part of the file; false where the next chunk is needed, or nothing comes. */
	private step: () => boolean;

	constructor(
		private readonly visitor: RdbVisitor,
		private readonly damaged: (what: string) => Error,
	) {
		this.machine = new StepMachine(damaged, (bytes) => visitor.expiryBytes?.(bytes));
		this.step = this.readHeader;
	}

	/**
	 * The bytes that are done with: those left over before, and all of the chunk but a few. They stand in
	 * memory that the next call uses again; the chunk itself is not held.
	 */
	push(chunk: Buffer): Buffer {
		this.machine.feed(chunk);
		while (this.step()) {
			// Each step reads one part of an entry of the file.
		}
		const { bytes, at } = this.machine;
		if (this.step === this.ended && at < bytes.length) {
			throw this.damaged('it goes on behind its end');
		}
		return bytes.subarray(0, at);
	}

	/** To be called after the last byte; throws unless the file is complete. */
	end(): void {
		if (this.step !== this.ended) throw this.damaged('it breaks off');
	}

	private readonly ended = (): boolean => false;

	private readonly readHeader = (): boolean => {
		const magic = this.machine.take(HEADER_BYTES)?.toString('latin1');
		if (magic === undefined) return false;
		const [, redis, valkey] = /^(?:REDIS(\d{4})|VALKEY(\d{3}))$/.exec(magic) ?? [];
		const version = Number(redis ?? valkey);
		if (!(version > 0)) throw this.damaged('it does not begin as an RDB file does');
		this.header = { flavor: redis === undefined ? 'valkey' : 'redis', version };
		this.visitor.header?.(this.header);
		this.step = this.readOpcode;
		return true;
	};

	private readonly readOpcode = (): boolean => {
		const opcode = this.machine.takeByte();
		if (opcode === undefined) return false;
		this.opcode = opcode;
		if (opcode === OPCODE.end) {
			this.step = this.header.version < FIRST_VERSION_WITH_FOOTER ? this.ended : this.readFooter;
			return true;
		}
		const { types, opcodes } = GRAMMAR[this.header.flavor];
		const facts = opcodes[opcode];
		if (!facts && !types[opcode]) {
			throw this.damaged(`there is no type ${opcode} in version ${this.header.version}`);
		}
		this.machine.start(facts ?? KEY);
		this.step = facts ? this.readFacts : this.readKey;
		return true;
	};

	private readonly readFacts = (): boolean => {
		if (!this.machine.run()) return false;
		this.step = this.readOpcode;
		const { kept, number } = this.machine;
		switch (this.opcode) {
			case OPCODE.selectDatabase:
				if (number >= MOST_DATABASES) throw this.damaged(`there is no database ${number}`);
				this.database = number;
				break;
			case OPCODE.functionLibrary:
				this.visitor.functionLibrary?.(kept[0]);
				break;
			case OPCODE.moduleAux:
				if (this.machine.module) this.visitor.moduleData?.(this.machine.module);
				break;
			case OPCODE.idleTime:
				this.idleSeconds = number;
				break;
			case OPCODE.frequency:
				this.frequency = number;
				break;
			case OPCODE.aux:
				if (kept[0] && kept[1]) this.visitor.aux?.(`${kept[0]}`, `${kept[1]}`);
		}
		return true;
	};

	private readonly readKey = (): boolean => {
		if (!this.machine.run()) return false;
		this.valueStart = this.machine.offset;
		this.machine.module = undefined;
		this.machine.proceed(this.valueType.steps);
		this.step = this.readValue;
		return true;
	};

	private readonly readValue = (): boolean => {
		if (!this.machine.run()) return false;
		this.step = this.readOpcode;
		const { expiry: expiresAt, module, offset: end, kept } = this.machine;
		const { database, idleSeconds, frequency } = this;
		this.machine.expiry = this.idleSeconds = this.frequency = undefined;
		this.visitor.key?.({
			database,
			name: kept[0],
			type: module ?? this.valueType.name,
			expiresAt,
			idleSeconds,
			frequency,
			module: module !== undefined,
			value: { type: this.opcode, start: this.valueStart, end },
		});
		return true;
	};

	private readonly readFooter = (): boolean => {
		const footer = this.machine.take(FOOTER_BYTES);
		if (!footer) return false;
		this.visitor.footerBytes?.(footer);
		this.step = this.ended;
		return true;
	};

	private get valueType(): ValueType {
		return GRAMMAR[this.header.flavor].types[this.opcode] as ValueType;
	}
}
