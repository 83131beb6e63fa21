import fc from 'fast-check';

import { durationInWords } from '../../../core/health/duration-words';
import { showText } from '../../../core/health/show';

describe('a text of somebody else', () => {
	it.each([
		['postgres://user:s3cr3t@db:5432/x', 'postgres://…@db:5432/x'],
		['redis://:s3c@r3t@db:6379 refused', 'redis://…@db:6379 refused'],
		['see https://a.example/b?token=s3cr3t now', 'see https://a.example/b?… now'],
		['Authorization: Bearer s3cr3ts3cr3t', 'Authorization: … …'],
		['password=s3cr3t user=x', 'password=… user=x'],
		['{"api_key":"s3cr3t","a":1}', '{"api_key":…,"a":1}'],
		['eyJhbGciOiJIUzI1NiJ9.eyJzM2NyM3Qi.s3cr3t-s3cr3t', '…'],
		['two\nlines\u001b[31m', 'two lines [31m'],
	])('is shown without secrets: %j', (text, shown) => {
		expect(showText(text).replaceAll('"', '')).toBe(shown.replaceAll('"', ''));
	});

	it('is cut, and a secret at the cut is still one', () => {
		expect(showText('x'.repeat(150))).toBe(`${'x'.repeat(100)}…`);
		expect(showText(`${'x'.repeat(80)} https://user:${'s3cr3t'.repeat(20)}@host`)).not.toContain(
			's3cr3t',
		);
	});

	it('of any kind is shown in short', () => {
		const piece = fc.constantFrom(
			'://',
			'@',
			'?',
			'http',
			'Bearer ',
			'token',
			'=',
			':',
			'eyJ',
			'.',
		);
		const text = fc.array(fc.oneof(piece, fc.string()), { maxLength: 400 });
		fc.assert(
			fc.property(text, (pieces) => {
				expect(showText(pieces.join('')).length).toBeLessThanOrEqual(101);
			}),
		);
	});
});

it.each([
	[0, '0 ms'],
	[1, '1 ms'],
	[1_500, '1500 ms'],
	[10_000, '10 s'],
	[60_000, '1 min'],
	[172_799_999, '47.9 h'],
	[-172_800_000, '-2 d'],
])('%d milliseconds are %s', (milliseconds, words) => {
	expect(durationInWords(milliseconds)).toBe(words);
});
