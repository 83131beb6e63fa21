import fc from 'fast-check';

import { readEnvFile } from '../../../core/files/env/read-env-file';

/** The settings of a file that has to be one. */
function read(text: string | Buffer): Record<string, string> {
	const reading = readEnvFile(Buffer.from(text));
	if ('problem' in reading) throw new Error(reading.problem);
	return Object.fromEntries(reading.env.values);
}

const problemOf = (text: string | Buffer) => {
	const reading = readEnvFile(Buffer.from(text));
	return 'problem' in reading ? reading.problem : undefined;
};

test.each<[what: string, text: string, values: Record<string, string>]>([
	['nothing', '', {}],
	['a setting', 'PORT=3000', { PORT: '3000' }],
	['no value', 'A=\nB= \nC=""', { A: '', B: '', C: '' }],
	['comments and empty lines', '# one\n\n  # two\nA=1\n\t\n', { A: '1' }],
	['a comment behind a value', 'A=1 # one\nB="2" # two\nC= # three', { A: '1', B: '2', C: '' }],
	['# within a value', 'A=#fff\nB=a#b', { A: '#fff', B: 'a#b' }],
	['export, and blanks', 'export A=1\n  export\tB = 2 ', { A: '1', B: '2' }],
	['quotes', `A="x y"\nB='x "y"'\nC=\`it's\``, { A: 'x y', B: 'x "y"', C: "it's" }],
	['escapes', String.raw`A="a\"b\\c\nd\$e\q"` + "\nB='\\n'", { A: 'a"b\\c\nd$e\\q', B: '\\n' }],
	['several lines', 'A="one\n# two\nB=3"\nC=4', { A: 'one\n# two\nB=3', C: '4' }],
	['= within a value', 'URL=postgres://u:p@h/db?a=b==', { URL: 'postgres://u:p@h/db?a=b==' }],
	['quotes within a value', `A=it's "so"`, { A: `it's "so"` }],
	['nothing interpolated', 'A=$B${C}', { A: '$B${C}' }],
	['line ends of Windows', 'A=1\r\nB="x\r\ny"\r\n', { A: '1', B: 'x\ny' }],
	['a byte order mark', '\uFEFFA=1', { A: '1' }],
	['letters of all kinds', 'A=grün 🔑', { A: 'grün 🔑' }],
	['odd names', 'a.b-c_1=1\n_=2', { 'a.b-c_1': '1', _: '2' }],
])('reads %s', (_what, text, values) => {
	expect(read(text)).toEqual(values);
});

test('takes the last of several values, and names what is repeated', () => {
	const reading = readEnvFile(Buffer.from('A=1\nB=2\nA=3\nA=4'));
	expect(reading).toEqual({
		env: {
			...{ values: new Map(Object.entries({ A: '4', B: '2' })), repeated: ['A'] },
		},
	});
});

test('keeps names apart that JavaScript objects have already', () => {
	const reading = readEnvFile(Buffer.from('__proto__=1\nconstructor=2'));
	expect('env' in reading && [...reading.env.values]).toEqual([
		['__proto__', '1'],
		['constructor', '2'],
	]);
});

test.each<[what: string, text: string | Buffer, problem: string]>([
	['a line without =', 'A=1\nhunter2\nB=2', 'line 2 is not NAME=value'],
	['a name that is none', 'https://x/?token=hunter2', 'line 1 is not NAME=value'],
	['a digit first', '\n\n1A=hunter2', 'line 3 is not NAME=value'],
	['a quote that is not closed', 'A=1\nB="hunter2\nC=3', 'line 2 has quotes that do not match'],
	['text behind a quote', `A='hunter'2`, 'line 1 has quotes that do not match'],
	['other bytes', Buffer.from([65, 61, 0xff, 0xfe]), 'it is not text in UTF-8'],
])('refuses %s, without quoting it', (_what, text, problem) => {
	expect(problemOf(text)).toBe(problem);
});

test('takes no piece of a key without quotes for a name', () => {
	const key =
		'KEY=-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nc2VjcmV0==\n-----END PRIVATE KEY-----';
	expect(problemOf(key)).toBe('line 2 is not NAME=value');
});

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,12}$/);
const value = fc
	.string({ unit: 'grapheme', maxLength: 40 })
	.map((text) => text.replaceAll('\r', ''));

test('gives back every value that was quoted', () => {
	const quote = (text: string) => `"${text.replace(/[\\"$]/g, '\\$&')}"`;
	fc.assert(
		fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([one]) => one }), (pairs) => {
			const text = pairs.map(([one, content]) => `${one}=${quote(content)}\n`).join('');
			const reading = readEnvFile(Buffer.from(text));
			expect('env' in reading && [...reading.env.values]).toEqual(
				pairs.map(([one, content]) => [one, content]),
			);
		}),
	);
});

test('answers to any bytes, and never with a piece of them', () => {
	const piece = fc.oneof(
		fc.string({ unit: 'binary' }),
		fc.constantFrom('\n', '=', '"', "'", '`', '\\', '#', ' ', 'export ', 'A', '\r\n'),
	);
	fc.assert(
		fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
			const reading = readEnvFile(Buffer.from(pieces.join('')));
			if ('env' in reading) {
				for (const one of reading.env.values.keys()) expect(one).toMatch(/^[A-Za-z_][\w.-]*$/);
			} else {
				expect(reading.problem).toMatch(
					/^(line \d+ (is not NAME=value|has quotes that do not match)|it is not text in UTF-8)$/,
				);
			}
		}),
		{ numRuns: 1_000 },
	);
});

test('reads what is long in one go', () => {
	const blanks = ' '.repeat(500_000);
	expect(read(`A=${blanks}x${blanks}# c\nB="${'\\\\'.repeat(200_000)}"`)).toEqual({
		...{ A: 'x', B: '\\'.repeat(200_000) },
	});
});
