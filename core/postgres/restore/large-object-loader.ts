import type { Client } from 'pg';

/** Few round trips, little memory; a multiple of the 2 kB that the server keeps per row. */
const BATCH_BYTES = 1024 ** 2;

/** Writes the content of large objects that exist already, one after the other. */
export class LargeObjectLoader {
	private oid = 0;
	private offset = 0;
	private pending: Buffer[] = [];
	private pendingBytes = 0;

	constructor(private readonly client: Client) {}

	/** Finishes the object before. */
	async start(oid: number): Promise<void> {
		await this.flush();
		this.oid = oid;
		this.offset = 0;
	}

	async write(chunk: Buffer): Promise<void> {
		this.pending.push(chunk);
		this.pendingBytes += chunk.length;
		if (this.pendingBytes >= BATCH_BYTES) await this.flush();
	}

	/** To be called behind the last write. */
	async flush(): Promise<void> {
		if (this.pendingBytes === 0) return;
		const content = Buffer.concat(this.pending);
		this.pending = [];
		this.pendingBytes = 0;
		await this.client.query({
			name: 'write-large-object',
			text: 'SELECT pg_catalog.lo_put($1, $2, $3)',
			values: [this.oid, this.offset, content],
		});
		this.offset += content.length;
	}
}
