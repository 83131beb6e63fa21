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

/** One shape per component that can count its content; others carry no fingerprint. */
export const fingerprint = z.discriminatedUnion('component', [postgresFingerprint]);

export type Fingerprint = z.infer<typeof fingerprint>;
