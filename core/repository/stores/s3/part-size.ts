const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** Limits of S3 itself. */
export const MAX_PARTS = 10_000;
export const MAX_OBJECT_BYTES = 5 * 1024 * GIB;
/** S3 takes 5 GiB, but Node hashes less than 2 GiB in one call. */
export const MAX_PART_BYTES = 2 * GIB - 64 * KIB;

const USUAL_PART_BYTES = 8 * MIB;
/** Parts of equal size before an upload without an estimate starts to grow them. */
const EQUAL_PARTS = 1_000;
const STEP = 64 * KIB;

export interface UploadProgress {
	/** Parts finished so far, 0 before the first. */
	readonly parts: number;
	/** Bytes in them. */
	readonly bytes: number;
	/** Size of the last one. */
	readonly lastPartBytes: number;
}

/**
 * Size in bytes of the next part of an upload, so that 10,000 parts always reach 5 TiB.
 *
 * A part is held in memory to be sent again after a failure, so parts should be small. They stay equal
 * as long as the estimate holds (or for the first 8 GB without one; some servers want equal parts), and
 * then grow evenly, by as much as the parts that are left need to hold the largest object.
 */
export function nextPartBytes(progress: UploadProgress, estimatedBytes = 0): number {
	const estimate = Math.min(estimatedBytes, MAX_OBJECT_BYTES);
	const equal = roundUp(Math.max(USUAL_PART_BYTES, estimate / plannedParts(estimate)));
	if (progress.bytes < Math.max(estimate, EQUAL_PARTS * equal)) return equal;

	const left = MAX_PARTS - progress.parts;
	const rest = MAX_OBJECT_BYTES - progress.bytes;
	const growth = (2 * (rest - left * progress.lastPartBytes)) / (left * (left + 1));
	return Math.min(roundUp(progress.lastPartBytes + Math.max(0, growth)), MAX_PART_BYTES);
}

/** Parts for the estimated bytes; the larger it is, the less can lie beyond it and need the others. */
function plannedParts(estimate: number): number {
	return 4_000 + 5_000 * (estimate / MAX_OBJECT_BYTES);
}

function roundUp(bytes: number): number {
	return Math.ceil(bytes / STEP) * STEP;
}
