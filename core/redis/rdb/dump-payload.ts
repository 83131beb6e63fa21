import { Crc64 } from './crc64';
import { type Flavor, GRAMMAR, NEWEST_PROVED, OPCODE, type Step } from './grammar';
import { StepMachine } from './step-machine';

/** The RDB version in two bytes, then the checksum in eight. */
const TRAILER_BYTES = 10;

/** What a payload of DUMP or FUNCTION DUMP holds. */
export interface DumpedValue {
	/** As the command TYPE calls it; `functions` for libraries. */
	type: string;
	module: boolean;
	rdbVersion: number;
	/** Function libraries in it. */
	libraries: number;
}

/**
 * Checks one payload, in pieces: its checksum, and its structure where the version is understood. Throws
 * what `damaged` makes of "it breaks off".
 */
export class DumpPayloadCheck {
	private readonly crc = new Crc64();
	private readonly machine: StepMachine;
	private toWalk: number;
	private trailer: Buffer = Buffer.alloc(0);
	private type: string | undefined;
	private libraries = 0;
	private fault: unknown;
	private running = false;

	/** @param bytes size of the whole payload */
	constructor(
		bytes: number,
		private readonly flavor: Flavor,
		private readonly damaged: (what: string) => Error,
	) {
		this.toWalk = bytes - TRAILER_BYTES;
		this.machine = new StepMachine(damaged);
	}

	push(piece: Buffer): void {
		this.crc.update(piece);
		const body = piece.subarray(0, Math.max(0, this.toWalk));
		this.toWalk -= body.length;
		if (piece.length > body.length) {
			this.trailer = Buffer.concat([this.trailer, piece.subarray(body.length)]);
		}
		if (this.fault !== undefined || body.length === 0) return;
		try {
			this.walk(body);
		} catch (error) {
			this.fault = error;
		}
	}

	end(): DumpedValue {
		if (this.trailer.length !== TRAILER_BYTES) throw this.damaged('a value breaks off');
		const rdbVersion = this.trailer.readUInt16LE();
		if (!this.crc.isZero) throw this.damaged('the CRC-64 checksum of a value is wrong');
		const unfinished = this.running || this.machine.at < this.machine.bytes.length;
		const understood = rdbVersion <= NEWEST_PROVED[this.flavor];
		if (understood && this.fault !== undefined) throw this.fault;
		if (understood && unfinished) throw this.damaged('a value breaks off');
		const { type = 'unknown', libraries } = this;
		const { module } = this.machine;
		return { type: module ?? type, module: module !== undefined, rdbVersion, libraries };
	}

	private walk(body: Buffer): void {
		this.machine.feed(body);
		for (;;) {
			if (this.running && !this.machine.run()) return;
			this.running = false;
			const byte = this.machine.takeByte();
			if (byte === undefined) return;
			this.machine.start(this.stepsOf(byte));
			this.running = true;
		}
	}

	private stepsOf(byte: number): readonly Step[] {
		if (byte === OPCODE.functionLibrary && (this.type ?? 'functions') === 'functions') {
			this.type = 'functions';
			this.libraries++;
			return GRAMMAR[this.flavor].opcodes[byte] as readonly Step[];
		}
		const value = GRAMMAR[this.flavor].types[byte];
		if (!value || this.type !== undefined) throw this.damaged(`there is no type ${byte}`);
		this.type = value.name;
		return value.steps;
	}
}
