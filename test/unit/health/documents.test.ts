import fc from 'fast-check';

import { readRemoteHealth } from '../../../core/health/documents/remote-health';
import { ObservedText } from '../../../core/health/observation';

const read = (json: unknown) => readRemoteHealth(ObservedText.ofJson(json));

describe('a health document', () => {
	it.each([
		[{ status: 'pass' }, 'pass'],
		[{ status: 'ok' }, 'pass'],
		[{ status: 'up' }, 'pass'],
		[{ status: 'warn' }, 'warn'],
		[{ status: 'error' }, 'fail'],
		[{ status: 'DOWN' }, 'fail'],
		[{ status: 'UNKNOWN' }, 'unknown'],
		[{ status: 'OUT_OF_SERVICE' }, 'fail'],
		[{ status: 'pass', checks: { 'db:time': [{ status: 'pass' }, {}] } }, 'pass'],
		[{ status: 'ok', dependencies: { database: { connected: false } } }, 'fail'],
		[{ status: 'ok', dependencies: { cache: { redis: { ok: false } } } }, 'fail'],
	])('%j says %s', (json, status) => {
		expect(read(json)?.status).toBe(status);
	});

	it.each([
		[{ status: 'pass', checks: { 'db:time': [{ status: 'fail' }] } }, 'db:time'],
		[{ status: 'UP', components: { db: { status: 'DOWN' } } }, 'db'],
		[{ status: 'UP', details: { db: { status: 'OUT_OF_SERVICE' } } }, 'db'],
	])('%j is not all well', (json, part) => {
		expect(read(json)).toEqual({
			status: 'warn',
			text: `its health document says warn (not well: ${part})`,
		});
	});

	it('does not miss what is not used', () => {
		const rentGuy = { ok: false, configured: false };
		const dependencies = { database: { connected: true }, integrations: { rentGuy } };
		expect(read({ status: 'ok', dependencies })?.status).toBe('pass');
	});

	it('names ten parts and counts the others', () => {
		const parts = Array.from({ length: 14 }, (_, index) => [`part${index}`, { status: 'DOWN' }]);
		const health = read({ status: 'DOWN', components: Object.fromEntries(parts) });
		expect(health?.text).toContain('part9, and 4 more)');
	});

	it.each([[null], [1], ['ok'], [[]], [{}], [{ status: 1 }], [{ status: 'splendid' }]])(
		'is not seen in %j',
		(json) => {
			expect(read(json)).toBeUndefined();
		},
	);

	it('may be anything at all', () => {
		const word = fc.constantFrom('ok', 'UP', 'DOWN', 'pass', 'fail', 'x');
		const { part } = fc.letrec<{ part: unknown }>((tie) => ({
			part: fc.oneof(
				{ maxDepth: 6 },
				fc.jsonValue(),
				fc.record(
					{
						status: fc.oneof(word, fc.jsonValue()),
						...{ checks: tie('part'), components: tie('part'), details: tie('part') },
						dependencies: fc.record(
							{ database: tie('part'), cache: tie('part'), integrations: tie('part') },
							{ requiredKeys: [] },
						),
					},
					{ requiredKeys: [] },
				),
				fc.dictionary(fc.string(), tie('part'), { maxKeys: 3 }),
				fc.array(tie('part'), { maxLength: 3 }),
			),
		}));
		fc.assert(
			fc.property(part, (json) => {
				const health = read(json);
				expect([undefined, 'fail', 'pass', 'unknown', 'warn']).toContain(health?.status);
				expect(health?.text.length ?? 0).toBeLessThan(700);
			}),
		);
	});

	it('survives one that is nested very deep', () => {
		const deep = '{"status":"DOWN","components":{"a":'.repeat(20_000) + '1' + '}}'.repeat(20_000);
		expect(readRemoteHealth(new ObservedText(deep))?.status).toBe('fail');
	});
});
