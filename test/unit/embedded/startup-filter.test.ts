import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import fc from 'fast-check';

import { StartupFilter } from '../../../core/postgres/engines/embedded/startup-filter';

function message(type: string, body: Buffer): Buffer {
	const head = Buffer.alloc(5);
	head.write(type, 'latin1');
	head.writeUInt32BE(4 + body.length, 1);
	return Buffer.concat([head, body]);
}

function sasl(...mechanisms: string[]): Buffer {
	const list = mechanisms.map((mechanism) => `${mechanism}\0`).join('');
	return message('R', Buffer.from(`\0\0\0\x0a${list}\0`, 'latin1'));
}

const CANCEL_KEY = Buffer.from([0, 0, 4, 210, 9, 8, 7, 6]);
const AUTHENTICATION_OK = message('R', Buffer.alloc(4));
const PARAMETER = message('S', Buffer.from('server_version\x0018.4\0'));
const KEY = message('K', CANCEL_KEY);
const READY = message('Z', Buffer.from('I'));
/** Looks like an offer of mechanisms, but comes after the start-up: this is somebody's data. */
const DATA = Buffer.concat([sasl('SCRAM-SHA-256-PLUS'), Buffer.from('row\xff\0\x01', 'latin1')]);

/** Cuts `bytes` at the given places, in any order, repetitions allowed. */
function fragments(bytes: Buffer, cuts: number[]): Buffer[] {
	const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
	return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}

async function through(chunks: Buffer[]): Promise<{ output: Buffer; filter: StartupFilter }> {
	const filter = new StartupFilter();
	const output = await buffer(Readable.from(chunks).pipe(filter));
	return { output, filter };
}

describe('StartupFilter', () => {
	it('takes away the mechanisms bound to TLS, and nothing else, however the bytes arrive', async () => {
		const rest = [AUTHENTICATION_OK, PARAMETER, KEY, READY, DATA];
		const sent = Buffer.concat([sasl('SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'), ...rest]);
		const expected = Buffer.concat([sasl('SCRAM-SHA-256'), ...rest]);
		await fc.assert(
			fc.asyncProperty(fc.array(fc.nat(), { maxLength: 30 }), async (cuts) => {
				const { output, filter } = await through(fragments(sent, cuts));
				expect(output.equals(expected)).toBe(true);
				expect(filter.cancelKey).toEqual(CANCEL_KEY);
			}),
		);
	});

	it('works byte by byte', async () => {
		const sent = sasl('SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256');
		const { output } = await through([...sent].map((byte) => Buffer.from([byte])));
		expect(output).toEqual(sasl('SCRAM-SHA-256'));
	});

	it.each([
		['MD5', message('R', Buffer.from([0, 0, 0, 5, 1, 2, 3, 4]))],
		['clear text', message('R', Buffer.from([0, 0, 0, 3]))],
		['SCRAM without TLS', sasl('SCRAM-SHA-256')],
		['a step of SCRAM', message('R', Buffer.from('\0\0\0\x0br=abc-PLUS,s=,i=4096', 'latin1'))],
		['an empty message', message('R', Buffer.alloc(0))],
	])('leaves a request for %s alone', async (_name, request) => {
		const { output } = await through([request]);
		expect(output).toEqual(request);
	});

	it('passes on an error in plain text, which is no message at all', async () => {
		const text = Buffer.from('Ecould not fork new process for connection\n\0');
		const { output } = await through(fragments(text, [1, 3, 4, 20]));
		expect(output).toEqual(text);
	});

	it('passes on a message that the server did not finish', async () => {
		const cut = PARAMETER.subarray(0, PARAMETER.length - 3);
		const { output } = await through([AUTHENTICATION_OK, cut]);
		expect(output).toEqual(Buffer.concat([AUTHENTICATION_OK, cut]));
	});

	it('lets any bytes through that are not such an offer', async () => {
		await fc.assert(
			fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
				fc.pre(bytes[0] !== 'R'.charCodeAt(0));
				const sent = Buffer.concat([READY, bytes]);
				const { output } = await through([sent]);
				expect(output.equals(sent)).toBe(true);
			}),
		);
	});
});
