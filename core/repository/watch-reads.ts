import { pipeline, type Readable, Transform } from 'node:stream';
import { parseKey } from './keys';
import type { Repository } from './repository';
import type { Store } from './store';

/**
 * The same repository, which tells how far each payload was read: `onRead` hears after every piece how
 * many bytes of the stored payload that reading has had. Reading it again begins at 0.
 */
export function watchReads(repository: Repository, onRead: (bytes: number) => void): Repository {
	return { ...repository, stores: repository.stores.map((store) => watchStore(store, onRead)) };
}

function watchStore(store: Store, onRead: (bytes: number) => void): Store {
	const read: Store['read'] = async (key, signal) => {
		const stream = await store.read(key, signal);
		return parseKey(key)?.file.kind === 'payload' ? metered(stream, onRead) : stream;
	};
	return Object.assign(Object.create(store) as Store, { read });
}

/** Fails as the stream does, and destroys it where nobody reads on. */
function metered(stream: Readable, onRead: (bytes: number) => void): Readable {
	let bytes = 0;
	const meter = new Transform({
		transform(chunk: Buffer, _encoding, done) {
			bytes += chunk.length;
			onRead(bytes);
			done(null, chunk);
		},
	});
	pipeline(stream, meter, () => {
		// Whoever reads hears of every failure through the meter.
	});
	return meter;
}
