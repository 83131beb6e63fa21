import { z } from 'zod';

/** Decimal digits; counts and sums of a database outgrow what a JSON number holds exactly. */
const integer = z.string().regex(/^-?\d+$/);

/** What a Postgres backup must contain, taken in the very snapshot that was dumped. */
export const postgresFingerprint = z.strictObject({
	component: z.literal('postgres'),
	/**
	 * `snapshot`: counted by the server in the dump's own snapshot. `archive`: counted in the archive
	 * alone, because the server's lock table was too small to hold the tables still.
	 */
	countedIn: z.enum(['snapshot', 'archive']),
	/** Whether `tables[].checksum` was taken. */
	checksums: z.boolean(),
	tables: z.array(
		z.strictObject({
			schema: z.string(),
			name: z.string(),
			rows: z.int().nonnegative(),
			/** Sum of `hashtextextended(row::text, 0)` over all rows: the order does not matter, duplicates count. */
			checksum: integer.optional(),
		}),
	),
	/** Last values. Sequences ignore snapshots: a restored one may be ahead, never behind the dump. */
	sequences: z.array(
		z.strictObject({
			schema: z.string(),
			name: z.string(),
			lastValue: integer.nullable(),
			/** Whether in the source too its next number was in use already; absent where nobody looked. */
			behind: z.boolean().optional(),
		}),
	),
	largeObjects: z
		.strictObject({
			count: z.int().nonnegative(),
			/** Sum of `hashtextextended(oid || ':' || sha256 in hex, 0)` over all large objects. */
			checksum: integer.optional(),
		})
		.optional(),
	/**
	 * Every object in the dump, by the kind and name that pg_dump gives it; absent in older backups.
	 * `schema` is empty for what is in none.
	 */
	objects: z
		.array(z.strictObject({ kind: z.string(), schema: z.string(), names: z.array(z.string()) }))
		.optional(),
});

export type PostgresFingerprint = z.infer<typeof postgresFingerprint>;

/** What a Redis backup must contain, counted in the backup itself while it was written. */
export const redisFingerprint = z.strictObject({
	component: z.literal('redis'),
	/**
	 * `point-in-time`: all keys are of one instant. `fuzzy`: they were read one after the other while
	 * the server went on, and a key may have been counted twice.
	 */
	consistency: z.enum(['point-in-time', 'fuzzy']),
	/** The databases that hold a key. */
	databases: z.array(
		z.strictObject({
			index: z.int().nonnegative(),
			keys: z.int().nonnegative(),
			/** Keys that expire. */
			expiring: z.int().nonnegative(),
			/** Keys by type, as the command TYPE calls it. */
			types: z.record(z.string(), z.int().nonnegative()),
			/**
			 * Sum, modulo 2^64, over all keys of the first 64 bits of the SHA-256 of
			 * `<type>\0<expiry>\0<name>`, read as little endian: the order does not matter.
			 */
			digest: z
				.string()
				.regex(/^[0-9a-f]{16}$/)
				.optional(),
		}),
	),
	functionLibraries: z.int().nonnegative(),
});

export type RedisFingerprint = z.infer<typeof redisFingerprint>;

const jobCounts = z.strictObject({
	/** Prefix and name, e.g. `bull:mr-dj:rentguy-sync`. */
	name: z.string(),
	/** Whether it was paused as a whole. */
	paused: z.boolean(),
	/** Jobs by state; states without a job are left out. */
	jobs: z.record(z.string(), z.int().nonnegative()),
});

/** What an export of the RentGuy queue must contain, counted while it was written. */
export const rentguyQueueFingerprint = z.strictObject({
	component: z.literal('rentguy-queue'),
	/** Each job is of one instant, and all together are not: the queue went on while they were read. */
	consistency: z.literal('fuzzy'),
	/** `dead`: the jobs that were given up. */
	queues: z.strictObject({ main: jobCounts, dead: jobCounts }),
});

export type RentguyQueueFingerprint = z.infer<typeof rentguyQueueFingerprint>;

/** What is known of a file; its size and SHA-256 are those of the raw payload. */
export const fileFingerprint = z.strictObject({
	component: z.literal('file'),
	/** Without its folder. */
	fileName: z.string(),
	/** Permissions in octal digits; absent where the file had none, e.g. because n8n received it. */
	mode: z
		.string()
		.regex(/^[0-7]{3,4}$/)
		.optional(),
	modifiedAt: z.iso.datetime({ precision: 3 }).optional(),
	/** Of an env file (`NAME=value` lines), where that was asked for. */
	env: z
		.strictObject({
			/** Sorted. */
			names: z.array(z.string()),
			/**
			 * Base64 of an age file for the keys of the payload, which holds a random key and the
			 * HMAC-SHA256 of `<name>\0<value>` for each name. Absent where the payload is not encrypted.
			 */
			lockedValues: z.base64().optional(),
		})
		.optional(),
});

export type FileFingerprint = z.infer<typeof fileFingerprint>;

/** One shape per component that can count its content; others carry no fingerprint. */
export const fingerprint = z.discriminatedUnion('component', [
	postgresFingerprint,
	redisFingerprint,
	rentguyQueueFingerprint,
	fileFingerprint,
]);

export type Fingerprint = z.infer<typeof fingerprint>;

/** The fingerprint of a backup, where it has one and is of this component. */
export function fingerprintOf<Component extends Fingerprint['component']>(
	manifest: { fingerprint?: Fingerprint },
	component: Component,
): Extract<Fingerprint, { component: Component }> | undefined {
	const found = manifest.fingerprint;
	const isWanted = (
		candidate: Fingerprint,
	): candidate is Extract<Fingerprint, { component: Component }> =>
		candidate.component === component;
	return found && isWanted(found) ? found : undefined;
}
