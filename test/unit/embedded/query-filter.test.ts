import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import fc from 'fast-check';

import { QueryFilter } from '../../../core/postgres/engines/embedded/query-filter';

const OPTIONS = `array_to_string(a.attoptions, ', ') AS attoptions`;

function untyped(code: number, body = ''): Buffer {
	const head = Buffer.alloc(8);
	head.writeUInt32BE(8 + body.length);
	head.writeUInt32BE(code, 4);
	return Buffer.concat([head, Buffer.from(body, 'latin1')]);
}

function message(type: string, body: string): Buffer {
	const text = Buffer.from(body);
	const head = Buffer.alloc(5);
	head.write(type, 'latin1');
	head.writeUInt32BE(4 + text.length, 1);
	return Buffer.concat([head, text]);
}

const SSL_REQUEST = untyped(80877103);
const STARTUP = untyped(3 << 16, 'user\0someone\0\0');
const PASSWORD = message('p', `${OPTIONS}\0`);
const OTHER_QUERY = message('Q', "SELECT a.attoptions, '€'\0");
const GOODBYE = message('X', '');

async function through(sent: Buffer, cuts: number[] = []): Promise<Buffer> {
	const places = [0, ...cuts.map((cut) => cut % sent.length).sort((a, b) => a - b), sent.length];
	const chunks = places.slice(1).map((end, i) => sent.subarray(places[i], end));
	return await buffer(Readable.from(chunks).pipe(new QueryFilter()));
}

describe('QueryFilter', () => {
	it('changes the question for column options, and nothing else, however the bytes arrive', async () => {
		const question = message('Q', `SELECT\n${OPTIONS},\na.x FROM '{1,2}'\0`);
		const before = [SSL_REQUEST, STARTUP, PASSWORD, OTHER_QUERY];
		const sent = Buffer.concat([...before, question, OTHER_QUERY, GOODBYE]);
		const start = Buffer.concat(before).length;
		await fc.assert(
			fc.asyncProperty(fc.array(fc.nat(), { maxLength: 30 }), async (cuts) => {
				const output = await through(sent, cuts);
				expect(output.subarray(0, start).equals(Buffer.concat(before))).toBe(true);
				const end = start + 1 + output.readUInt32BE(start + 1);
				const changed = output.toString('utf8', start + 5, end);
				expect(changed).toMatch(
					/^SELECT\narray_to_string\(ARRAY\(.*'pg_attver='.*\) AS attoptions,\na\.x/,
				);
				expect(changed.endsWith(`FROM '{1,2}'\0`)).toBe(true);
				expect(output.subarray(end)).toEqual(Buffer.concat([OTHER_QUERY, GOODBYE]));
			}),
		);
	});

	it('passes on a message that pg_dump did not finish', async () => {
		const sent = Buffer.concat([STARTUP, OTHER_QUERY.subarray(0, 9)]);
		expect(await through(sent)).toEqual(sent);
	});
});
