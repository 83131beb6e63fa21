import fc from 'fast-check';
import {
	parseTransferLine,
	TransferBoundary,
	type TransferEnd,
} from '../../../core/redis/replication/transfer-boundary';

const MARK = Buffer.from('0123456789abcdef0123456789abcdef01234567');

/** What comes through, and whether the end was seen at the last chunk and not before. */
function receive(end: TransferEnd, chunks: readonly Buffer[]) {
	const boundary = new TransferBoundary(end);
	const received: Buffer[] = [];
	let early = false;
	chunks.forEach((chunk, index) => {
		received.push(...boundary.push(chunk));
		early ||= boundary.complete && index < chunks.length - 1;
	});
	return { bytes: Buffer.concat(received), complete: boundary.complete, early };
}

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
	const borders = [...cuts.map((at) => at % bytes.length), bytes.length].sort((a, b) => a - b);
	return borders
		.map((to, index) => bytes.subarray(borders[index - 1] ?? 0, to))
		.filter((piece) => piece.length > 0);
}

it('finds the mark in whatever pieces it comes', () => {
	// Data that look like the mark are data, as long as something comes behind them.
	const data = fc
		.array(fc.constantFrom(MARK.subarray(0, 39), Buffer.from('data'), MARK.subarray(5)))
		.map((parts) => Buffer.concat(parts));
	fc.assert(
		fc.property(data, fc.array(fc.nat(2000)), (file, cuts) => {
			const result = receive({ kind: 'mark', mark: MARK }, cut(Buffer.concat([file, MARK]), cuts));
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
			expect(receive(end, cut(file, cuts))).toMatchObject({ bytes: file, complete: true });
			const [first = file] = cut(file, cuts);
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
