import { z } from 'zod';
import { type RemoteHealth, withParts } from './remote-status';

const STATUS = {
	UP: 'pass',
	DOWN: 'fail',
	OUT_OF_SERVICE: 'fail',
	UNKNOWN: 'unknown',
} as const;

/** Deeper than any server nests its components. */
const DEEPEST = 8;

const parts = z.record(z.string(), z.unknown()).optional().catch(undefined);

const schema = z.object({
	status: z.enum(['UP', 'DOWN', 'OUT_OF_SERVICE', 'UNKNOWN']),
	components: parts,
	// The name in older versions.
	details: parts,
});

/** The document of Spring Boot's actuator and of those that speak like it; nothing when `json` is none. */
export function readSpring(json: unknown): RemoteHealth | undefined {
	const { data } = schema.safeParse(json);
	return data && withParts(STATUS[data.status], unwellIn(data));
}

function unwellIn(document: z.infer<typeof schema>, prefix = '', depth = 1): string[] {
	if (depth > DEEPEST) return [];
	return Object.entries(document.components ?? document.details ?? {}).flatMap(([name, value]) => {
		const { data } = schema.safeParse(value);
		if (!data) return [];
		const own = data.status === 'DOWN' || data.status === 'OUT_OF_SERVICE' ? [prefix + name] : [];
		const below = unwellIn(data, `${prefix}${name}/`, depth + 1);
		return below.length > 0 ? below : own;
	});
}
