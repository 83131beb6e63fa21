import type { Repository } from '../../../core/repository/repository';
import type { Store } from '../../../core/repository/store';

export interface HeldRepository {
	readonly repository: Repository;
	/** Resolves when the first bytes of a payload are on their way into the store. */
	readonly reached: Promise<void>;
	/** Lets them, and all that follow, go on. */
	release(): void;
}

/** The same repository, whose stores take nothing of a payload until they are let: a dump in its middle. */
export function holdRepository(repository: Repository): HeldRepository {
	let release = () => {};
	let tell = () => {};
	const open = new Promise<void>((resolve) => (release = resolve));
	const reached = new Promise<void>((resolve) => (tell = resolve));
	const hold = (store: Store): Store =>
		Object.assign(Object.create(store) as Store, {
			createWriter: async (...args: Parameters<Store['createWriter']>) => {
				const writer = await store.createWriter(...args);
				const { stream } = writer;
				const write = stream._write.bind(stream);
				if (!args[0].endsWith('manifest.json')) {
					stream._write = (chunk, encoding, done) => {
						tell();
						void open.then(() => write(chunk, encoding, done));
					};
				}
				return writer;
			},
		});
	return { repository: { ...repository, stores: repository.stores.map(hold) }, reached, release };
}
