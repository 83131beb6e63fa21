import { Readable, Writable } from 'node:stream';
import { ConflictError, NotFoundError } from '../../../core/errors';
import type { Store, StoreWriter } from '../../../core/repository/store';

/** What a store can be told to fail at. */
export interface Faults {
	createWriter?: Error;
	/** Fails the write that reaches this many bytes. */
	writeAfter?: { bytes: number; error: Error };
	commit?: Error;
	commitReports?: number;
	/** `before`: nothing is put. `after`: it is put, and then the answer gets lost. */
	putIfAbsent?: { when: 'before' | 'after'; error: Error };
	read?: Error;
	list?: Error;
	/** Never calls back once this many bytes were written. */
	hangAfter?: number;
}

/** A store in memory for failures that a real one cannot be told to have; nothing else is tested on it. */
export class MemoryStore implements Store {
	readonly objects = new Map<string, Buffer>();
	openWriters = 0;

	constructor(
		readonly label: string,
		private readonly faults: Faults = {},
	) {}

	async *list(prefix: string) {
		if (this.faults.list) throw this.faults.list;
		for (const [key, body] of [...this.objects].sort()) {
			if (key.startsWith(prefix)) yield { key, bytes: body.length, modifiedAt: new Date() };
		}
	}

	async read(key: string): Promise<Readable> {
		if (this.faults.read) throw this.faults.read;
		const body = this.objects.get(key);
		if (!body) throw new NotFoundError(`${this.label} holds no ${key}.`, { hint: 'None.' });
		return Readable.from([body], { objectMode: false });
	}

	async createWriter(key: string): Promise<StoreWriter> {
		const { faults, objects } = this;
		if (faults.createWriter) throw faults.createWriter;
		const chunks: Buffer[] = [];
		let bytes = 0;
		const stream = new Writable({
			write(chunk: Buffer, _encoding, done) {
				chunks.push(chunk);
				bytes += chunk.length;
				if (faults.hangAfter !== undefined && bytes >= faults.hangAfter) return;
				const failed = faults.writeAfter && bytes >= faults.writeAfter.bytes;
				setImmediate(() => done(failed ? faults.writeAfter?.error : null));
			},
		});
		this.openWriters++;
		let open = true;
		const close = () => {
			if (open) this.openWriters--;
			open = false;
		};
		return {
			stream,
			commit: async () => {
				if (faults.commit) throw faults.commit;
				close();
				objects.set(key, Buffer.concat(chunks));
				return { bytes: faults.commitReports ?? bytes };
			},
			abort: async () => {
				close();
				stream.destroy();
				objects.delete(key);
			},
		};
	}

	async putIfAbsent(key: string, body: Buffer): Promise<void> {
		const { putIfAbsent: fault } = this.faults;
		if (fault?.when === 'before') throw fault.error;
		if (this.objects.has(key)) throw new ConflictError(`${key} exists.`, { hint: 'None.' });
		this.objects.set(key, body);
		if (fault?.when === 'after') throw fault.error;
	}

	async delete(key: string): Promise<void> {
		this.objects.delete(key);
	}

	async remove(keys: readonly string[]) {
		for (const key of keys) this.objects.delete(key);
		return { refused: [], notes: [] };
	}

	async locks() {
		return new Map<string, never>();
	}

	async now(): Promise<Date> {
		return new Date();
	}

	async *abandoned() {}

	async check(): Promise<void> {}
}
