import { EAGAIN, EPIPE, type PgDumpModule } from './pg-dump-module';
import type { SharedRing } from './shared-ring';

/** Makes libpq in the wasm talk through two rings in place of a socket; both calls block. */
export function installLibpqSocket(
	module: PgDumpModule,
	rings: { fromServer: SharedRing; toServer: SharedRing },
): void {
	const { fromServer, toServer } = rings;
	let mayBlock = true;

	function receive(pointer: number, length: number): number {
		if (fromServer.used() === 0 && !fromServer.ended) {
			// After some data libpq asks for more to fill its buffer, and has to learn that there is none
			// for the moment: if that call waited, the row at hand would never be processed, and with it
			// libpq's next request never be sent. Only a call after that one is libpq waiting for data.
			if (!mayBlock) {
				mayBlock = true;
				return failWith(module, EAGAIN);
			}
			fromServer.waitForDataBlocking();
		}
		mayBlock = false;
		return fromServer.read(module.HEAPU8.subarray(pointer, pointer + length));
	}

	function send(pointer: number, length: number): number {
		toServer.waitForSpaceBlocking();
		if (toServer.abandoned) return failWith(module, EPIPE);
		return toServer.write(module.HEAPU8.subarray(pointer, pointer + length));
	}

	module._pgl_set_rw_cbs(module.addFunction(receive, 'iii'), module.addFunction(send, 'iii'));
}

function failWith(module: PgDumpModule, errno: number): -1 {
	module.HEAP32[module.___errno_location() / Int32Array.BYTES_PER_ELEMENT] = errno;
	return -1;
}
