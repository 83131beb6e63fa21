import { answersIn, wireMessage, wireText } from './wire-messages';

const LINE_FEED = 10;
/** One statement for so many bytes of rows: larger ones are no faster, and take memory. */
const BATCH_BYTES = 4 * 1024 ** 2;
/** A row larger than this would not fit into the 2 GB that a WebAssembly program can have. */
const MAX_ROW_BYTES = 256 * 1024 ** 2;

/** Runs messages of the protocol and resolves with the answers. */
export type Execute = (messages: Buffer) => Promise<Buffer>;

/** Whether a statement wants rows from its client. */
export function isCopyIn(statement: string): boolean {
	return /^\s*COPY\s[\s\S]*\sFROM\s+STDIN\b/i.test(statement);
}

/**
 * One `COPY … FROM stdin`, to a database that takes a message only together with all of its data: the
 * rows go in by several statements of the same text. COPY text can be cut behind any line feed, as those
 * within a value are written as `\n`.
 */
export class CopyIn {
	private pending: Buffer[] = [];
	private pendingBytes = 0;
	private rows = 0;
	private started = false;

	constructor(
		private readonly statement: string,
		private readonly execute: Execute,
	) {}

	/** Resolves with the answers that end the COPY when the database refuses it, else with nothing. */
	async push(rows: Buffer): Promise<Buffer | undefined> {
		this.pending.push(rows);
		this.pendingBytes += rows.length;
		const end = rows.lastIndexOf(LINE_FEED) + 1;
		if (end === 0) {
			return this.pendingBytes > MAX_ROW_BYTES ? this.refuseRow() : undefined;
		}
		if (this.pendingBytes < BATCH_BYTES) return undefined;
		const rest = Buffer.from(rows.subarray(end));
		this.pending.push(this.pending.pop()?.subarray(0, end) ?? rows);
		return await this.send(rest);
	}

	/** Resolves with the answers to the whole COPY. */
	async end(): Promise<Buffer> {
		const refused =
			this.pendingBytes > 0 || !this.started ? await this.send(Buffer.alloc(0)) : undefined;
		if (refused) return refused;
		return wireMessage('C', wireText(`COPY ${this.rows}`));
	}

	private async send(rest: Buffer): Promise<Buffer | undefined> {
		const answers = await this.execute(
			Buffer.concat([
				wireMessage('Q', wireText(this.statement)),
				wireMessage('d', ...this.pending),
				wireMessage('c'),
			]),
		);
		this.started = true;
		this.pending = rest.length > 0 ? [rest] : [];
		this.pendingBytes = rest.length;
		for (const { type, body, bytes } of answersIn(answers)) {
			if (type === 'E') return withLine(body, this.rows) ?? bytes;
			if (type === 'C') this.rows += Number(/^COPY (\d+)/.exec(body.toString('latin1'))?.[1] ?? 0);
		}
		return undefined;
	}

	private refuseRow(): Buffer {
		const message = `a row has more than ${MAX_ROW_BYTES / 1024 ** 2} MB`;
		return errorMessage({ S: 'ERROR', V: 'ERROR', C: '54000', M: message });
	}
}

export function errorMessage(fields: Readonly<Record<string, string>>): Buffer {
	const parts = Object.entries(fields).map(([code, text]) => wireText(code + text));
	return wireMessage('E', ...parts, Buffer.alloc(1));
}

/** An error with its line counted from the first row of the COPY, not from that of the statement. */
function withLine(body: Buffer, before: number): Buffer | undefined {
	if (before === 0) return undefined;
	const fields = body
		.toString()
		.split('\0')
		.filter(Boolean)
		.map((field): [string, string] => [field.slice(0, 1), field.slice(1)]);
	return errorMessage(
		Object.fromEntries(
			fields.map(([code, text]) => [
				code,
				code === 'W'
					? text.replace(/^(COPY .*?, line )(\d+)/, (_all, start: string, line: string) => {
							return start + String(Number(line) + before);
						})
					: text,
			]),
		),
	);
}
