import fc from 'fast-check';
import type { Condition } from '../../../core/health/conditions/condition';
import { evaluate } from '../../../core/health/conditions/evaluate';
import { parseCondition } from '../../../core/health/conditions/parse';
import { matchesPattern } from '../../../core/health/conditions/pattern';
import { ConditionSyntaxError } from '../../../core/health/conditions/syntax-error';
import { Absent, type Observation, ObservedText } from '../../../core/health/observation';
import type { Vocabulary } from '../../../core/health/vocabulary';

const vocabulary: Vocabulary = {
	AGE: 'duration',
	BODY: 'document',
	CONNECTED: 'boolean',
	HEADERS: 'fields',
	LEVEL: ['none', 'stored', 'readable', 'restored'],
	PENDING: 'number',
	STATUS: 'number',
	VERSION: 'text',
};

const body = {
	dependencies: { database: { connected: true } },
	items: [{ id: 7, 'content-type': 'a' }, [1, 2, 3]],
	name: 'john doe',
	nothing: null,
	uptime: '90m',
	long: '9007199254740993',
};

const observation: Observation = {
	text: '',
	values: {
		AGE: 3_600_000,
		BODY: new ObservedText(JSON.stringify(body)),
		CONNECTED: true,
		HEADERS: new Map([['content-type', 'text/html; charset=utf-8']]),
		LEVEL: 'readable',
		STATUS: 200,
		VERSION: '16.3 (Debian)',
	},
};

const isMet = (text: string, seen = observation) =>
	evaluate(parseCondition(text, vocabulary), seen).met;

const refusal = (text: string): ConditionSyntaxError => {
	try {
		parseCondition(text, vocabulary);
	} catch (error) {
		if (error instanceof ConditionSyntaxError) return error;
		throw error;
	}
	throw new Error(`${text} was understood.`);
};

describe('a condition', () => {
	it.each([
		'[STATUS] == 200',
		'[status] == 200',
		'[STATUS]==200',
		'200 == [STATUS]',
		'[STATUS] == 200.0',
		'[STATUS] != 201',
		'[STATUS] == any(200, 429)',
		'[STATUS] == any(pat(5*), pat(2*))',
		'[STATUS] == pat(2??)',
		'[STATUS] < 300',
		'[STATUS] <= 200',
		'100 < [STATUS]',
		'[BODY].dependencies.database.connected == true',
		'[BODY].items[0].id == 7',
		'[BODY].items[0].id == any(1, 7)',
		'[BODY].items[0].content-type == a',
		'[BODY].items[1][2] >= 3',
		'[BODY].name == john doe',
		'[BODY].name == pat(*n d*)',
		'[BODY].nothing == null',
		'[BODY].uptime > 1h',
		'[BODY] == pat(*"id":7*)',
		'[BODY] != pat(*(x) == y*)',
		'pat(j*e) == [BODY].name',
		'len([BODY].items) == 2',
		'len([BODY].dependencies) == 1',
		'len([BODY].name) > 7',
		'has([BODY].nothing) == true',
		'has([BODY].errors) == false',
		'[HEADERS].Content-Type == pat(text/html*)',
		'has([HEADERS].authorization) == false',
		'[CONNECTED] == true',
		'[AGE] == 1h',
		'[AGE] == 60m',
		'[AGE] < 1h1ms',
		'[AGE] < 1d',
		'[AGE] <= 3600000',
		'[LEVEL] >= readable',
		'[LEVEL] > stored',
		'[LEVEL] == any(readable, restored)',
		'[VERSION] == pat(16.*)',
	])('is met: %s', (text) => {
		expect(isMet(text)).toBe(true);
	});

	it.each([
		'[STATUS] == 201',
		'[STATUS] == any(201, 202)',
		'[STATUS] != any(200, 202)',
		'[STATUS] > 200',
		'[BODY].dependencies.database.connected == false',
		'[BODY].dependencies == true',
		'[BODY].items != 5',
		'[BODY].items.length == 2',
		'[BODY].items[9].id != 7',
		'[BODY].name > 5',
		'[BODY].long == 9007199254740992',
		'[LEVEL] >= restored',
		'[AGE] < 60m',
	])('is not met: %s', (text) => {
		expect(isMet(text)).toBe(false);
	});

	it('is not met by what could not be seen, whatever it compares with', () => {
		for (const text of ['[PENDING] == 0', '[PENDING] != 0', '[PENDING] < 5', '[PENDING] >= 0']) {
			expect(isMet(text)).toBe(false);
		}
		for (const text of ['[BODY].a == x', '[BODY].a != x', 'len([BODY].a) < 5', '[BODY] != x']) {
			expect(isMet(text, { text: '', values: { BODY: new Absent('cut off') } })).toBe(false);
		}
	});

	it('reads only what the document holds itself', () => {
		for (const path of ['__proto__', 'constructor', 'toString', 'items.length', '__proto__.a']) {
			expect(isMet(`has([BODY].${path}) == false`)).toBe(true);
		}
		const own = { text: '', values: { BODY: new ObservedText('{"__proto__":{"a":1}}') } };
		expect(isMet('[BODY].__proto__.a == 1', own)).toBe(true);
	});
});

describe('a condition that cannot be used', () => {
	it.each([
		['', 1, 'a value is expected'],
		['[STATUS]', 9, 'is expected'],
		['[STATUS] = 200', 10, 'is expected'],
		['[STATUS] === 200', 10, 'is expected'],
		['  [STATUS] ~ 200', 12, 'is expected'],
		['[STATUS] == ', 13, 'a value is expected'],
		['[STATU] == 200', 1, 'has no [STATU]'],
		['[__proto__] == 1', 1, 'a placeholder'],
		['[CONSTRUCTOR] == 1', 1, 'has no [CONSTRUCTOR]'],
		['[STATUS == 200', 1, 'a placeholder'],
		['[STATUS].a == 200', 9, 'has no parts'],
		['[STATUS] == OK', 13, 'a number is expected'],
		['[STATUS] == any(200, OK)', 13, 'a number is expected'],
		['[STATUS] == 200 or [STATUS] == 201', 13, 'a number is expected'],
		['[STATUS] == [STATUS] == 1', 22, 'more than one'],
		['[STATUS] < any(1, 2)', 12, '< cannot be used with any()'],
		['[STATUS] < 5m', 12, 'a number is expected'],
		['[CONNECTED] == yes', 16, 'true or false'],
		['[CONNECTED] < true', 1, 'more or less'],
		['[AGE] < 60 minutes', 9, 'a duration'],
		['[LEVEL] >= best', 12, 'one of none, stored, readable, restored'],
		['[BODY]. == 1', 7, 'a name is expected'],
		['[BODY].a[x] == 1', 9, 'a number is expected'],
		['[BODY].a == "UP"', 13, 'without quotation marks'],
		['[BODY].a < b', 12, 'a number or a duration'],
		['[HEADERS] == 1', 10, 'one name is expected'],
		['len([STATUS]) == 1', 1, 'has no length'],
		['len([BODY] == 1', 12, 'a closing bracket'],
		['has([BODY].a) == 1', 18, 'true or false'],
		['[BODY].a == pat(*x', 16, 'not closed'],
		['[BODY].a == any(1, 2', 16, 'not closed'],
		['200 == 200', 1, 'has to be a placeholder'],
		[`[BODY].${'a.'.repeat(300)}b == 1`, 501, 'longer than'],
	])('is refused with its place: %s', (text, column, reason) => {
		const error = refusal(text);
		expect(error.message).toContain(reason);
		expect(error.column).toBe(column);
	});
});

describe('any text at all', () => {
	const piece = fc.constantFrom(
		...['[BODY]', '[STATUS]', '[AGE]', '[LEVEL]', '[HEADERS]', '[', ']', '(', ')', '.', ',', ' '],
		...['len(', 'has(', 'pat(', 'any(', '*', '?', '==', ' == ', '!=', ' < ', '>=', '__proto__'],
		...['constructor', 'prototype', '0', '99999999999', '-1', '5m', 'true', 'stored', '"', '\\'],
	);
	const written = fc.oneof(
		fc.array(piece, { maxLength: 30 }).map((parts) => parts.join('')),
		fc.string({ maxLength: 600, unit: 'binary' }),
		fc
			.tuple(fc.array(piece, { maxLength: 8 }), fc.constantFrom('==', '<', '!='), fc.string())
			.map(([parts, operator, right]) => `[BODY].${parts.join('')} ${operator} ${right}`),
	);
	const json = fc.jsonValue({ maxDepth: 6 });

	it('is understood and judged, or refused with a column within it', () => {
		fc.assert(
			fc.property(written, json, (text, value) => {
				let condition: Condition;
				try {
					condition = parseCondition(text, vocabulary);
				} catch (error) {
					expect(error).toBeInstanceOf(ConditionSyntaxError);
					const { column } = error as ConditionSyntaxError;
					expect(column).toBeGreaterThanOrEqual(1);
					expect(column).toBeLessThanOrEqual(text.length + 2);
					return;
				}
				const values = { ...observation.values, BODY: ObservedText.ofJson(value) };
				expect(typeof evaluate(condition, { text: '', values }).met).toBe('boolean');
			}),
			{ numRuns: 2_000 },
		);
	});

	it('finds every value of a document by its path', () => {
		const key = fc.stringMatching(/^[a-z_][a-z0-9_-]{0,8}$/);
		const step = fc.oneof(key, fc.nat({ max: 3 }));
		fc.assert(
			fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.nat(), (path, value) => {
				const document = path.reduceRight<unknown>(
					(inner, one) =>
						typeof one === 'number' ? [...Array<null>(one).fill(null), inner] : { [one]: inner },
					value,
				);
				const text = path.map((one) => (typeof one === 'number' ? `[${one}]` : `.${one}`));
				const values = { BODY: new ObservedText(JSON.stringify(document)) };
				expect(isMet(`[BODY]${text.join('')} == ${value}`, { text: '', values })).toBe(true);
				expect(isMet(`[BODY]${text.join('')} != ${value}`, { text: '', values })).toBe(false);
			}),
		);
	});

	it('survives a document that is nested a hundred thousand deep', () => {
		const deep = new ObservedText('['.repeat(100_000) + ']'.repeat(100_000));
		const seen = { text: '', values: { BODY: deep } };
		expect(isMet(`has([BODY]${'[0]'.repeat(150)}) == true`, seen)).toBe(true);
		expect(isMet('len([BODY]) == 200000', seen)).toBe(true);
	});
});

describe('pat()', () => {
	it('matches as the same pattern does as a regular expression', () => {
		const letters = fc.constantFrom('a', 'b', '*', '?', '[', '.');
		const glob = fc.array(letters, { maxLength: 12 }).map((all) => all.join(''));
		const text = fc.array(fc.constantFrom('a', 'b', '[', '.'), { maxLength: 14 });
		fc.assert(
			fc.property(glob, text, (pattern, all) => {
				const source = pattern.replace(/[[.]/g, '\\$&').replace(/\?/g, '.').replace(/\*+/g, '.*');
				const expected = new RegExp(`^${source}$`, 's').test(all.join(''));
				expect(matchesPattern(all.join(''), pattern)).toBe(expected);
			}),
			{ numRuns: 1_000 },
		);
	});

	it('ends with a pattern that would keep a regular expression busy for ever', () => {
		expect(matchesPattern('a'.repeat(20_000), `${'*a'.repeat(200)}*b`)).toBe(false);
	});
});
