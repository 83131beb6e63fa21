/// <reference lib="es2024.sharedmemory" />

/** Indexes of the control words. */
const WRITTEN = 0;
const READ = 1;
const ENDED = 2;
const ABANDONED = 3;
const DATA_SIGNAL = 4;
const SPACE_SIGNAL = 5;
const CONTROL_BYTES = 6 * Int32Array.BYTES_PER_ELEMENT;

/**
 * A byte queue of fixed size between exactly one writing and one reading thread. Each side keeps an
 * instance over the same memory. Nothing here polls: a side without work sleeps, with `Atomics.wait`
 * on a worker (`…Blocking`) or with `Atomics.waitAsync` on the main thread, which must never block.
 *
 * WRITTEN and READ count bytes modulo 2^32. The signals only ever count up: a side takes the signal,
 * looks at the state and sleeps on that signal, so a change in between is never slept through.
 */
export class SharedRing {
	private readonly control: Int32Array<SharedArrayBuffer>;
	private readonly bytes: Uint8Array<SharedArrayBuffer>;

	/** @param capacity bytes; a power of two, so that positions survive the counters' overflow */
	static allocate(capacity: number): SharedRing {
		if (!Number.isInteger(Math.log2(capacity))) throw new RangeError('not a power of two');
		return new SharedRing(new SharedArrayBuffer(CONTROL_BYTES + capacity));
	}

	/** @param memory what the other side's instance has as `memory` */
	constructor(readonly memory: SharedArrayBuffer) {
		this.control = new Int32Array(memory, 0, CONTROL_BYTES / Int32Array.BYTES_PER_ELEMENT);
		this.bytes = new Uint8Array(memory, CONTROL_BYTES);
	}

	/** The writer said that nothing will follow; what was written before can still be read. */
	get ended(): boolean {
		return Atomics.load(this.control, ENDED) === 1;
	}

	/** The reader will take nothing any more; the writer can stop. */
	get abandoned(): boolean {
		return Atomics.load(this.control, ABANDONED) === 1;
	}

	/** Takes as much of `source` as there is room for, at once; says how many bytes that were. */
	write(source: Uint8Array): number {
		const written = Atomics.load(this.control, WRITTEN);
		const length = Math.min(source.length, this.bytes.length - this.used());
		if (length === 0) return 0;
		const start = this.position(written);
		const first = Math.min(length, this.bytes.length - start);
		this.bytes.set(source.subarray(0, first), start);
		this.bytes.set(source.subarray(first, length), 0);
		Atomics.store(this.control, WRITTEN, (written + length) | 0);
		this.signal(DATA_SIGNAL);
		return length;
	}

	/** Fills `target` with what there is, at once; says how many bytes that were. */
	read(target: Uint8Array): number {
		const read = Atomics.load(this.control, READ);
		const length = Math.min(target.length, this.used());
		if (length === 0) return 0;
		const start = this.position(read);
		const first = Math.min(length, this.bytes.length - start);
		target.set(this.bytes.subarray(start, start + first), 0);
		target.set(this.bytes.subarray(0, length - first), first);
		Atomics.store(this.control, READ, (read + length) | 0);
		this.signal(SPACE_SIGNAL);
		return length;
	}

	/** For the writer: nothing will follow. */
	end(): void {
		this.close(ENDED);
	}

	/** For the reader: nothing more will be taken. */
	abandon(): void {
		this.close(ABANDONED);
	}

	/** Bytes that wait to be read. */
	used(): number {
		return (Atomics.load(this.control, WRITTEN) - Atomics.load(this.control, READ)) >>> 0;
	}

	/** Returns when there is something to read, or nothing will come. */
	waitForDataBlocking(): void {
		for (;;) {
			const signal = Atomics.load(this.control, DATA_SIGNAL);
			if (this.isReadable()) return;
			Atomics.wait(this.control, DATA_SIGNAL, signal);
		}
	}

	/** Returns when there is room, or nobody will make any. */
	waitForSpaceBlocking(): void {
		for (;;) {
			const signal = Atomics.load(this.control, SPACE_SIGNAL);
			if (this.isWritable()) return;
			Atomics.wait(this.control, SPACE_SIGNAL, signal);
		}
	}

	/** Resolves when there is something to read, or nothing will come. */
	async waitForData(): Promise<void> {
		for (;;) {
			const signal = Atomics.load(this.control, DATA_SIGNAL);
			if (this.isReadable()) return;
			await Atomics.waitAsync(this.control, DATA_SIGNAL, signal).value;
		}
	}

	/** Resolves when there is room, or nobody will make any. */
	async waitForSpace(): Promise<void> {
		for (;;) {
			const signal = Atomics.load(this.control, SPACE_SIGNAL);
			if (this.isWritable()) return;
			await Atomics.waitAsync(this.control, SPACE_SIGNAL, signal).value;
		}
	}

	/** Wakes both sides: the one that closes may have a wait of its own under way. */
	private close(word: typeof ENDED | typeof ABANDONED): void {
		Atomics.store(this.control, word, 1);
		this.signal(DATA_SIGNAL);
		this.signal(SPACE_SIGNAL);
	}

	private isReadable(): boolean {
		return this.used() > 0 || this.ended || this.abandoned;
	}

	private isWritable(): boolean {
		return this.used() < this.bytes.length || this.ended || this.abandoned;
	}

	private position(count: number): number {
		return (count >>> 0) % this.bytes.length;
	}

	private signal(word: typeof DATA_SIGNAL | typeof SPACE_SIGNAL): void {
		Atomics.add(this.control, word, 1);
		Atomics.notify(this.control, word);
	}
}
