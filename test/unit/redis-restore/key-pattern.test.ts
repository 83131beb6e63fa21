import { compileKeyPattern } from '../../../core/redis/restore/key-pattern';

test.each([
	['*', '', true],
	['', '', true],
	['', 'a', false],
	['user:*', 'user:1', true],
	['user:*', 'users:1', false],
	['*:1', 'user:1', true],
	['*:1', 'user:1:2', false],
	['a*b*c', 'aXXbYYc', true],
	['a*b*c', 'aXXcYYb', false],
	['h?llo', 'hallo', true],
	['h?llo', 'hllo', false],
	['h[ae]llo', 'hello', true],
	['h[^e]llo', 'hello', false],
	['h[^e]llo', 'hallo', true],
	['h[a-c]llo', 'hbllo', true],
	['h[c-a]llo', 'hbllo', true],
	['h[a-c]llo', 'hdllo', false],
	['\\*', '*', true],
	['\\*', 'a', false],
	['[\\]]', ']', true],
	['[abc', 'b', true],
	['é*', 'été', true],
])('%j on %j', (pattern, key, expected) => {
	expect(compileKeyPattern(pattern)(Buffer.from(key))).toBe(expected);
});

test('bytes that are no text', () => {
	const key = Buffer.from([0x61, 0xff, 0x00, 0x0a]);
	expect(compileKeyPattern('a*')(key)).toBe(true);
	expect(compileKeyPattern('a???')(key)).toBe(true);
	expect(compileKeyPattern('a??')(key)).toBe(false);
});

// With every way to share the key out among the stars this would not end in a lifetime.
test('a pattern of stars takes no longer than its length times that of the key', () => {
	const fits = compileKeyPattern(`${'*a'.repeat(50)}*b`);
	expect(fits(Buffer.from('a'.repeat(20_000)))).toBe(false);
});
