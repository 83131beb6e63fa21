import { Writable } from 'node:stream';

/** The end of a pipeline that reads only to see whether it can. */
export function nowhere(): Writable {
	return new Writable({ write: (_chunk, _encoding, done) => done() });
}
