import { z } from 'zod';
import { IntegrityError } from '../errors';
import type { Manifest } from '../repository/manifest';

/** Component of the backups that are made here. */
export const COMPONENT = 'redis';

const list = z.string().transform((text) => (text === '' ? [] : text.split(',')));
const count = z.string().regex(/^\d+$/).transform(Number);

/** What a restore has to know of a snapshot: `source.properties` of its manifest, as texts. */
const schema = z.looseObject({
	/** `rdb`: an RDB file. `commands`: the commands that restore it, in RESP. */
	format: z.enum(['rdb', 'commands']),
	consistency: z.enum(['point-in-time', 'fuzzy']),
	flavor: z.enum(['redis', 'valkey']),
	/** Version of the RDB format; of the values, for commands. Zero where there are none. */
	rdbVersion: count,
	/** `disabled`: the server writes no checksums. `absent`: it is too old for them. */
	crc: z.enum(['verified', 'disabled', 'absent']),
	/** `counted`: the structure was walked to its end. `unknown`: the version is too new for that. */
	contents: z.enum(['counted', 'unknown']),
	/** Types that modules of the target have to know, e.g. `ReJSON-RL`. */
	moduleTypes: list,
	/** Memory that the data took on the source, in bytes. */
	dataBytes: count.optional(),
});

export type SnapshotFacts = z.infer<typeof schema>;

/** The facts as the manifest keeps them. */
export function toProperties(facts: {
	[Name in keyof SnapshotFacts]?: SnapshotFacts[Name];
}): Record<string, string> {
	const present = Object.entries(facts).filter(([, value]) => value !== undefined);
	return Object.fromEntries(
		present.map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : `${value}`]),
	);
}

/** Reads them back; throws `IntegrityError` where the manifest is not that of a Redis snapshot. */
export function readSnapshotFacts({ id, source }: Manifest): SnapshotFacts {
	const parsed = schema.safeParse(source.properties);
	if (parsed.success) return parsed.data;
	throw new IntegrityError(`The manifest of ${id} does not describe a Redis snapshot.`, {
		hint: 'Choose another backup.',
		cause: parsed.error,
	});
}
