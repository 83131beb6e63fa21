import { z } from 'zod';
import { type RemoteHealth, withParts } from './remote-status';

/** The words of the draft for `application/health+json`, with the aliases that it allows. */
const STATUS: ReadonlyMap<string, RemoteHealth['status']> = new Map([
	...(['pass', 'ok', 'up'] as const).map((word) => [word, 'pass'] as const),
	['warn', 'warn'],
	...(['fail', 'error', 'down'] as const).map((word) => [word, 'fail'] as const),
]);

const part = z.object({ status: z.string() });

const schema = z.object({
	status: z.string().transform((word) => STATUS.get(word.toLowerCase())),
	checks: z.record(z.string(), z.unknown()).catch({}).default({}),
});

/** Nothing when `json` is not such a document. */
export function readHealthJson(json: unknown): RemoteHealth | undefined {
	const { data } = schema.safeParse(json);
	if (!data?.status) return undefined;
	const unwell = Object.entries(data.checks).filter(([, value]) => !isWell(value));
	return withParts(
		data.status,
		unwell.map(([name]) => name),
	);
}

/** A part that says nothing of its status, as the draft allows, is well. */
function isWell(value: unknown): boolean {
	return [value].flat().every((one) => {
		const status = part.safeParse(one).data?.status.toLowerCase();
		return status === undefined || STATUS.get(status) === 'pass';
	});
}
