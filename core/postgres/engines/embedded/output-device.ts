import { EPIPE, type PgDumpModule } from './pg-dump-module';
import type { SharedRing } from './shared-ring';

/** What `pg_dump` gets as its `--file`. */
export const OUTPUT_PATH = '/dev/dump';

/** pg_dump writes about 1 KB at a time, and each handing over wakes the other thread. */
const BATCH_BYTES = 64 * 1024;
const DEVICE_MAJOR = 64;

/**
 * A character device in the wasm's file system whose bytes go into `ring`; writing blocks while the
 * ring is full. Not seekable, so that pg_dump treats it like a pipe. The caller calls `flush` after
 * the program has ended.
 */
export function installOutputDevice(module: PgDumpModule, ring: SharedRing): { flush(): void } {
	const { FS } = module;
	const batch = new Uint8Array(BATCH_BYTES);
	let filled = 0;

	function put(bytes: Uint8Array): void {
		for (let offset = 0; offset < bytes.length;) {
			ring.waitForSpaceBlocking();
			if (ring.abandoned) throw new FS.ErrnoError(EPIPE);
			offset += ring.write(bytes.subarray(offset));
		}
	}

	function flush(): void {
		put(batch.subarray(0, filled));
		filled = 0;
	}

	const device = FS.makedev(DEVICE_MAJOR, 0);
	FS.registerDevice(device, {
		open(stream) {
			stream.seekable = false;
		},
		close() {},
		write(_stream, memory, offset, length) {
			const bytes = new Uint8Array(memory.buffer, memory.byteOffset + offset, length);
			if (filled + length > batch.length) flush();
			if (length > batch.length) {
				put(bytes);
			} else {
				batch.set(bytes, filled);
				filled += length;
			}
			return length;
		},
	});
	FS.mkdev(OUTPUT_PATH, 0o666, device);
	return { flush };
}
