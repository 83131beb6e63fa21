import type { Step } from './grammar';
import { unpackLzf } from './lzf';
import { moduleName } from './module-name';

/** Keys, names and aux fields up to this size are kept; longer ones are only skipped. */
export const LONGEST_KEPT = 1024 * 1024;
/** A file can define as many hash templates as it likes; what is kept of them must have a limit. */
const MOST_TEMPLATES = 100_000;

const STRING_STEPS: readonly Step[] = [{ op: 'string' }];
const SCORE_WITHOUT_TEXT = 253;
const LZF = 3;

interface Frame {
	readonly steps: readonly Step[];
	at: number;
	/** Rounds that are left, this one included. */
	rounds: number;
}

/**
 * Reads the steps of a grammar from chunks of any size. Holds a copy of one chunk, and of what came
 * before no more than one kept string; the contents of all other strings pass by.
 */
export class StepMachine {
	/** The number that was read last, by `number`, `byte` or in front of a repetition. */
	number = 0;
	/** Of the entry: what `keep` has read; nothing in place of what is too long. Not to be held on to. */
	kept: (Buffer | undefined)[] = [];
	/** Of the entry: when it expires, in milliseconds since 1970. */
	expiry: number | undefined;
	/** Of the entry: the module it belongs to. */
	module: string | undefined;
	/** What was fed and not read, with the new chunk behind it; in memory that is used again. */
	bytes: Buffer = Buffer.alloc(0);
	/** How far `bytes` is read. */
	at = 0;
	private memory: Buffer = Buffer.alloc(0);
	/** How many bytes of the file came before `bytes`. */
	private before = 0;

	private frames: Frame[] = [];
	/** Of a string that passes by. */
	private toSkip = 0;
	private readonly templates = new Map<number, number>();
	private encoding = -1;

	constructor(
		private readonly damaged: (what: string) => Error,
		/** May change the bytes of an expiry after they were read. */
		private readonly onExpiry?: (bytes: Buffer) => void,
	) {}

	/** How many bytes of the file are read. */
	get offset(): number {
		return this.before + this.at;
	}

	/** Takes a copy: whoever owns the chunk may use its memory for something else afterwards. */
	feed(chunk: Buffer): void {
		this.kept = this.kept.map((text) => text && Buffer.from(text));
		const rest = this.bytes.subarray(this.at);
		const length = rest.length + chunk.length;
		if (length > this.memory.length) {
			this.memory = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.memory.length));
		}
		rest.copy(this.memory);
		chunk.copy(this.memory, rest.length);
		this.bytes = this.memory.subarray(0, length);
		this.before += this.at;
		this.at = 0;
	}

	/** What `run` reads next, of a new entry. */
	start(steps: readonly Step[]): void {
		this.kept.length = 0;
		this.proceed(steps);
	}

	/** What `run` reads next, of the same entry. */
	proceed(steps: readonly Step[]): void {
		this.push(steps, 1);
	}

	/** Whether all steps were read; else the next chunk is needed. */
	run(): boolean {
		for (;;) {
			if (this.toSkip > 0) {
				const skipped = Math.min(this.toSkip, this.bytes.length - this.at);
				this.at += skipped;
				this.toSkip -= skipped;
				if (this.toSkip > 0) return false;
			}
			const frame = this.frames.at(-1);
			if (!frame) return true;
			const step = frame.steps[frame.at];
			if (step) {
				frame.at++;
				if (this.read(step)) continue;
				frame.at--;
				return false;
			}
			frame.at = 0;
			if (--frame.rounds === 0) this.frames.pop();
		}
	}

	/** The next bytes as they are; nothing where they have not all come. */
	take(count: number): Buffer | undefined {
		if (this.bytes.length - this.at < count) return undefined;
		this.at += count;
		return this.bytes.subarray(this.at - count, this.at);
	}

	/** The next byte; nothing where it has not come. */
	takeByte(): number | undefined {
		if (this.at >= this.bytes.length) return undefined;
		return this.bytes[this.at++];
	}

	/** Reads all of the step or nothing of it. */
	private read(step: Step): boolean {
		switch (step.op) {
			case 'number':
				return this.readNumber();
			case 'string':
				return this.readString(false);
			case 'keep':
				return this.readString(true);
			case 'bytes':
				return this.skip(step.count);
			case 'byte':
				return this.readByte();
			case 'score':
				return this.readScore();
			case 'expiry':
				return this.readExpiry(step.count);
			case 'module-id':
				return this.readModuleId();
			case 'repeat':
				if (!this.readNumber()) return false;
				this.push(step.steps, this.number);
				if (step.once) this.push(step.once, 1);
				return true;
			case 'choose':
				if (!this.readNumber()) return false;
				this.push(this.chosen(step.cases), 1);
				return true;
			case 'until-zero':
				if (!this.readNumber()) return false;
				if (this.number !== 0) this.pushAndRepeat(this.chosen(step.cases));
				return true;
			case 'template-fields':
				return this.readTemplate();
			case 'template-values':
				return this.pushTemplateValues();
		}
	}

	private skip(count: number): boolean {
		if (this.bytes.length - this.at < count) return false;
		this.at += count;
		return true;
	}

	private push(steps: readonly Step[], rounds: number): void {
		if (rounds > 0 && steps.length > 0) this.frames.push({ steps, at: 0, rounds });
	}

	/** The step that is being read comes again behind these. */
	private pushAndRepeat(steps: readonly Step[]): void {
		const frame = this.frames.at(-1);
		if (frame) frame.at--;
		this.push(steps, 1);
	}

	private chosen(cases: Readonly<Record<number, readonly Step[]>>): readonly Step[] {
		const steps = cases[this.number];
		if (!steps) throw this.damaged(`there is no choice ${this.number}`);
		return steps;
	}

	private readNumber(): boolean {
		if (!this.readLength()) return false;
		if (this.encoding >= 0) throw this.damaged('a number was expected where a string is');
		return true;
	}

	private readString(keep: boolean): boolean {
		const start = this.at;
		if (this.readLength() && this.readContent(keep)) return true;
		this.at = start;
		return false;
	}

	/** What comes behind the length of a string. */
	private readContent(keep: boolean): boolean {
		const { encoding, number } = this;
		if (encoding < 0) return keep ? this.keep(number, number, asItStands) : this.pass(number);
		if (encoding > LZF) throw this.damaged(`there is no string encoding ${encoding}`);
		if (encoding === LZF) return this.readPacked(keep);
		const size = 1 << encoding;
		if (!keep) return this.pass(size);
		return this.keep(size, size, (integer) => Buffer.from(`${integer.readIntLE(0, size)}`));
	}

	private readPacked(keep: boolean): boolean {
		if (!this.readNumber()) return false;
		const packed = this.number;
		if (!this.readNumber()) return false;
		const unpacked = this.number;
		if (!keep) return this.pass(packed);
		return this.keep(packed, unpacked, (bytes) => {
			const text = unpackLzf(bytes, unpacked);
			if (!text) throw this.damaged('a compressed string cannot be unpacked');
			return text;
		});
	}

	private pass(size: number): boolean {
		if (!Number.isSafeInteger(size)) throw this.damaged('a string is longer than any can be');
		this.toSkip = size;
		return true;
	}

	private keep(size: number, length: number, decode: (bytes: Buffer) => Buffer): boolean {
		if (size > LONGEST_KEPT || length > LONGEST_KEPT) {
			this.kept.push(undefined);
			return this.pass(size);
		}
		const bytes = this.take(size);
		if (bytes) this.kept.push(decode(bytes));
		return bytes !== undefined;
	}

	private readByte(): boolean {
		const byte = this.takeByte();
		if (byte === undefined) return false;
		this.number = byte;
		return true;
	}

	private readScore(): boolean {
		const length = this.bytes[this.at];
		if (length === undefined) return false;
		return this.skip(length >= SCORE_WITHOUT_TEXT ? 1 : 1 + length);
	}

	private readExpiry(count: 4 | 8): boolean {
		const bytes = this.take(count);
		if (!bytes) return false;
		this.expiry = count === 4 ? bytes.readInt32LE() * 1000 : Number(bytes.readBigInt64LE());
		if (count === 8) this.onExpiry?.(bytes);
		return true;
	}

	private readModuleId(): boolean {
		const start = this.at;
		if (!this.readNumber()) return false;
		// All 64 bits count, more than a number holds: they stand behind the first byte.
		const exact = this.at - start === 9 ? this.bytes.readBigUInt64BE(start + 1) : undefined;
		this.module = moduleName(exact ?? BigInt(this.number));
		return true;
	}

	private readTemplate(): boolean {
		const template = this.number;
		if (!this.readNumber()) return false;
		if (this.templates.size >= MOST_TEMPLATES) throw this.damaged('it has too many hash templates');
		this.templates.set(template, this.number);
		this.push(STRING_STEPS, this.number);
		return true;
	}

	private pushTemplateValues(): boolean {
		const fields = this.templates.get(this.number);
		if (fields === undefined) throw this.damaged(`there is no hash template ${this.number}`);
		this.push(STRING_STEPS, fields);
		return true;
	}

	/** Reads a length into `number`, or the number of a string's encoding into `encoding`. */
	private readLength(): boolean {
		const { bytes, at } = this;
		const first = bytes[at];
		if (first === undefined) return false;
		this.encoding = -1;
		switch (first >> 6) {
			case 0:
				this.number = first;
				this.at = at + 1;
				return true;
			case 1:
				if (at + 2 > bytes.length) return false;
				this.number = ((first & 63) << 8) | (bytes[at + 1] as number);
				this.at = at + 2;
				return true;
			case 3:
				this.encoding = first & 63;
				this.at = at + 1;
				return true;
		}
		if (first !== 0x80 && first !== 0x81) throw this.damaged('a length makes no sense');
		const size = first === 0x80 ? 4 : 8;
		if (at + 1 + size > bytes.length) return false;
		this.number =
			size === 4
				? bytes.readUInt32BE(at + 1)
				: bytes.readUInt32BE(at + 1) * 2 ** 32 + bytes.readUInt32BE(at + 5);
		this.at = at + 1 + size;
		return true;
	}
}

function asItStands(text: Buffer): Buffer {
	return text;
}
