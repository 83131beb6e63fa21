import fc from 'fast-check';
import {
	parseTransferLine,
	TransferBoundary,
	type TransferEnd,
} from '../../../core/redis/replication/transfer-boundary';
import { cutAt, overwrite } from '../../support/overwriting';

const MARK = Buffer.from('0123456789abcdef0123456789abcdef01234567');

/**
 * What comes through, and whether the end was seen at the last chunk and not before. What has come
 * through is overwritten.
 */
function receive(end: TransferEnd, chunks: readonly Buffer[]) {
	const boundary = new TransferBoundary(end);
	const received: Buffer[] = [];
	let early = false;
	chunks.forEach((chunk, index) => {
		for (const piece of boundary.push(chunk)) {
			received.push(Buffer.from(piece));
			overwrite(piece);
		}
		early ||= boundary.complete && index < chunks.length - 1;
	});
	return { bytes: Buffer.concat(received), complete: boundary.complete, early };
}

it('finds the mark in whatever pieces it comes', () => {
	// Data that look like the mark are data, as long as something comes behind them.
	const data = fc
		.array(fc.constantFrom(MARK.subarray(0, 39), Buffer.from('data'), MARK.subarray(5)))
		.map((parts) => Buffer.concat(parts));
	fc.assert(
		fc.property(data, fc.array(fc.nat(2000)), (file, cuts) => {
			const result = receive(
				{ kind: 'mark', mark: MARK },
				cutAt(Buffer.concat([file, MARK]), cuts),
			);
			expect(result).toEqual({ bytes: file, complete: true, early: false });
		}),
		{ numRuns: 1000 },
	);
});

it('takes as many bytes as were announced, and no more', () => {
	fc.assert(
		fc.property(fc.uint8Array({ minLength: 1 }), fc.array(fc.nat(2000)), (bytes, cuts) => {
			const file = Buffer.from(bytes);
			const end: TransferEnd = { kind: 'length', bytes: file.length };
			expect(receive(end, cutAt(file, cuts))).toMatchObject({ bytes: file, complete: true });
			const [first = file] = cutAt(file, cuts);
			const more = Buffer.concat([file, Buffer.from('*1\r\n$4\r\nPING\r\n')]);
			expect(receive(end, [more]).bytes).toEqual(file);
			expect(receive({ ...end, bytes: file.length + 1 }, [first]).complete).toBe(false);
		}),
	);
});

it.each([
	[`$EOF:${MARK}`, { kind: 'mark', mark: MARK }],
	['$182', { kind: 'length', bytes: 182 }],
	['$EOF:short', undefined],
	['$-1', undefined],
	['-LOADING', undefined],
])('reads the line %s', (line, expected) => {
	expect(parseTransferLine(line)).toEqual(expected);
});
