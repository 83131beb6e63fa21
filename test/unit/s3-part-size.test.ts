import fc from 'fast-check';
import {
	MAX_OBJECT_BYTES,
	MAX_PART_BYTES,
	MAX_PARTS,
	nextPartBytes,
} from '../../core/repository/stores/s3/part-size';

const MIB = 1024 * 1024;
const S3_LEAST_PART = 5 * MIB;

/** Sizes of all full parts that an object of these bytes takes. */
function partsOf(bytes: number, estimatedBytes?: number): number[] {
	const sizes: number[] = [];
	let progress = { parts: 0, bytes: 0, lastPartBytes: 0 };
	while (progress.bytes < bytes && sizes.length <= MAX_PARTS) {
		const size = nextPartBytes(progress, estimatedBytes);
		sizes.push(size);
		progress = { parts: sizes.length, bytes: progress.bytes + size, lastPartBytes: size };
	}
	return sizes;
}

describe('part sizes of an S3 upload', () => {
	it.each([0, 1e9, 1e11, 1e12, 2.5e12, 5e12, MAX_OBJECT_BYTES, 1e15])(
		'hold the largest object whatever was estimated (%d bytes)',
		(estimate) => {
			expect(partsOf(MAX_OBJECT_BYTES, estimate).length).toBeLessThanOrEqual(MAX_PARTS);
		},
	);

	it('always stay within the limits, and never shrink', () => {
		const bytes = fc.integer({ min: 0, max: MAX_OBJECT_BYTES });
		fc.assert(
			fc.property(bytes, fc.option(bytes, { nil: undefined }), (size, estimate) => {
				const sizes = partsOf(size, estimate);
				expect(sizes.length).toBeLessThanOrEqual(MAX_PARTS);
				expect(Math.min(...sizes, Infinity)).toBeGreaterThanOrEqual(S3_LEAST_PART);
				expect(Math.max(...sizes, 0)).toBeLessThanOrEqual(MAX_PART_BYTES);
				expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
			}),
			{ numRuns: 40 },
		);
	});

	it('stay equal as long as the estimate holds', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: MAX_OBJECT_BYTES }), (size) => {
				expect(new Set(partsOf(size, size)).size).toBe(1);
			}),
			{ numRuns: 40 },
		);
	});

	it('stay small without an estimate up to 8 GB', () => {
		expect(new Set(partsOf(8e9))).toEqual(new Set([8 * MIB]));
	});

	it('take little more than they must for a good estimate of a terabyte', () => {
		expect(Math.max(...partsOf(1e12, 1e12))).toBeLessThan(200 * MIB);
	});
});
