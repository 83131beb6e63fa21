import { pipeline, type Readable, Transform } from 'node:stream';
import type { Repository } from '../../../core/repository/repository';
import type { Store } from '../../../core/repository/store';

/**
 * The same repository over a network that goes silent after some bytes of a payload; not at its first
 * reading, which is for the table of contents.
 */
export function stallingRepository(
	repository: Repository,
	afterBytes: number,
): { repository: Repository; reached: Promise<void> } {
	let tell = () => {};
	const reached = new Promise<void>((resolve) => (tell = resolve));
	const stores = repository.stores.map((store) => stalling(store, afterBytes, () => tell()));
	return { repository: { ...repository, stores }, reached };
}

function stalling(store: Store, afterBytes: number, tell: () => void): Store {
	let payloads = 0;
	const read: Store['read'] = async (key, signal) => {
		const stream = await store.read(key, signal);
		const stalls = key.includes('.dump') && ++payloads > 1;
		return stalls ? beginningOf(stream, afterBytes, tell) : stream;
	};
	return new Proxy(store, {
		get: (target, name) => {
			if (name === 'read') return read;
			const value: unknown = Reflect.get(target, name);
			return typeof value === 'function' ? value.bind(target) : value;
		},
	});
}

/** Passes on the first bytes, then nothing: not even an end. Lets go of `source` when destroyed. */
function beginningOf(source: Readable, bytes: number, tell: () => void): Readable {
	let left = bytes;
	const gate = new Transform({
		transform(chunk: Buffer, _encoding, done) {
			this.push(chunk.subarray(0, left));
			left -= chunk.length;
			if (left > 0) done();
			else tell();
		},
	});
	pipeline(source, gate, () => undefined);
	return gate;
}
