/** What is done with the commands of a stream. */
export interface CommandSink {
	/** Whether word `index`, of so many bytes, is to pass by in pieces instead of being kept. */
	passesBy(words: readonly Buffer[], index: number, bytes: number): boolean;
	/** A piece of the word that passes by. Not to be held on to. */
	piece(chunk: Buffer): void;
	/** A complete command; a word that passed by is empty. */
	command(words: readonly Buffer[]): void;
}

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const MOST_WORDS = 16;
const LONGEST_LINE = 32;
/** Redis takes no longer words (`proto-max-bulk-len`), unless it is told to. */
const LONGEST_WORD = 2 ** 32;

/**
 * Reads a stream of commands in RESP, in chunks of any size. Keeps no more than the words of one
 * command. Throws what `damaged` makes of "a command makes no sense".
 */
export class CommandReader {
	private words: Buffer[] = [];
	/** Words of the command that are still to come. */
	private toCome = 0;
	private line = '';
	/** Of the word that is being read, with the line end behind it; nothing between words. */
	private left: number | undefined;
	private pieces: Buffer[] | undefined;

	constructor(
		private readonly sink: CommandSink,
		private readonly damaged: (what: string) => Error,
	) {}

	push(chunk: Buffer): void {
		for (let at = 0; at < chunk.length;) {
			at = this.left === undefined ? this.readLine(chunk, at) : this.readWord(chunk, at, this.left);
		}
	}

	/** To be called after the last byte; throws within a command. */
	end(): void {
		if (this.toCome > 0 || this.line !== '') throw this.damaged('it breaks off');
	}

	private readLine(chunk: Buffer, at: number): number {
		const end = chunk.indexOf(LINE_FEED, at);
		this.line += chunk.toString('latin1', at, end < 0 ? chunk.length : end + 1);
		if (this.line.length > LONGEST_LINE) throw this.damaged('a command makes no sense');
		if (end < 0) return chunk.length;
		const [, kind, digits] = /^([*$])(\d{1,10})\r\n$/.exec(this.line) ?? [];
		const expected = this.toCome === 0 ? '*' : '$';
		if (kind !== expected) throw this.damaged('a command makes no sense');
		this.line = '';
		if (kind === '*') this.startCommand(Number(digits));
		else this.startWord(Number(digits));
		return end + 1;
	}

	private startCommand(words: number): void {
		if (words < 1 || words > MOST_WORDS) throw this.damaged('a command makes no sense');
		this.words = [];
		this.toCome = words;
	}

	private startWord(bytes: number): void {
		if (bytes > LONGEST_WORD) throw this.damaged('a word of a command is too long');
		this.left = bytes + 2;
		this.pieces = this.sink.passesBy(this.words, this.words.length, bytes) ? undefined : [];
	}

	private readWord(chunk: Buffer, at: number, left: number): number {
		const piece = chunk.subarray(at, at + left);
		const content = piece.subarray(0, Math.max(0, left - 2));
		if (content.length > 0) {
			// A word that goes on behind the chunk must not keep it, nor change with it.
			if (this.pieces) this.pieces.push(piece.length < left ? Buffer.from(content) : content);
			else this.sink.piece(content);
		}
		this.checkLineEnd(piece.subarray(content.length), left - content.length);
		this.left = left - piece.length;
		if (this.left === 0) this.finishWord();
		return at + piece.length;
	}

	/** @param left how many bytes of the line end were still to come */
	private checkLineEnd(bytes: Buffer, left: number): void {
		bytes.forEach((byte, index) => {
			const expected = left - index === 2 ? CARRIAGE_RETURN : LINE_FEED;
			if (byte !== expected) throw this.damaged('a word of a command has another length');
		});
	}

	private finishWord(): void {
		this.left = undefined;
		// A copy: a part of the chunk would keep all of it.
		this.words.push(Buffer.concat(this.pieces ?? []));
		if (--this.toCome === 0) this.sink.command(this.words);
	}
}
