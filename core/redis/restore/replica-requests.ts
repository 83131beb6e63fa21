/** Longest request of a replica, in bytes; theirs are short, and who sends more is no replica. */
const LONGEST_REQUEST = 64 * 1024;
const MOST_ARGUMENTS = 64;
const CR = 0x0d;
const LF = 0x0a;

/** One request: its words, the first being the command. */
export type ReplicaRequest = readonly string[];

/**
 * Reads the requests that a replica sends to its master: arrays of strings of the Redis protocol, and
 * between them the bare newlines by which it says that it is alive. Holds no more than one request.
 */
export class ReplicaRequestReader {
	private pending = Buffer.alloc(0);

	/** The requests that `chunk` completes. Throws where the bytes are no request or one too long. */
	push(chunk: Buffer): ReplicaRequest[] {
		this.pending = Buffer.concat([this.pending, chunk]);
		const requests: ReplicaRequest[] = [];
		for (let request = this.next(); request !== undefined; request = this.next()) {
			requests.push(request);
		}
		if (this.pending.length > LONGEST_REQUEST) throw new Error('The request is too long.');
		return requests;
	}

	private next(): ReplicaRequest | undefined {
		let at = 0;
		while (this.pending[at] === CR || this.pending[at] === LF) at++;
		this.pending = this.pending.subarray(at);
		const head = this.number('*', 0);
		if (head === undefined) return undefined;
		if (head.value > MOST_ARGUMENTS) throw new Error('The request has too many words.');
		const words: string[] = [];
		let end = head.end;
		while (words.length < head.value) {
			const length = this.number('$', end);
			if (length === undefined || this.pending.length < length.end + length.value + 2) {
				return undefined;
			}
			words.push(this.pending.toString('latin1', length.end, length.end + length.value));
			end = length.end + length.value + 2;
		}
		this.pending = this.pending.subarray(end);
		return words;
	}

	/** A line such as `$12` at an offset: its number, and where the next line begins. */
	private number(mark: string, from: number): { value: number; end: number } | undefined {
		const lineEnd = this.pending.indexOf('\r\n', from);
		if (lineEnd < 0) return undefined;
		const line = this.pending.toString('latin1', from, lineEnd);
		if (!line.startsWith(mark) || !/^\d{1,7}$/.test(line.slice(1))) {
			throw new Error('This is not the protocol of Redis.');
		}
		return { value: Number(line.slice(1)), end: lineEnd + 2 };
	}
}
