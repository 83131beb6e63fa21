import { z } from 'zod';
import type { RemoteHealth } from './remote-status';

const schema = z.object({
	status: z.string(),
	dependencies: z.object({
		database: z.object({ connected: z.boolean() }).optional(),
		cache: z.record(z.string(), z.unknown()).optional(),
		integrations: z.record(z.string(), z.unknown()).optional(),
	}),
});

const part = z.object({ ok: z.boolean(), configured: z.boolean().optional() });

/**
 * The health document of the platform's backend, whose own status is "ok" whenever it answers: only its
 * dependencies tell. Without the database or the cache it fails, without an integration it warns.
 * Nothing when `json` is none.
 */
export function readPlatform(json: unknown): RemoteHealth | undefined {
	const { data } = schema.safeParse(json);
	if (!data) return undefined;
	const { database, cache = {}, integrations = {} } = data.dependencies;
	if (!database && Object.keys(cache).length === 0) return undefined;
	const vital = [
		...(database && !database.connected ? ['database'] : []),
		...unwell('cache', cache),
	];
	const others = unwell('integrations', integrations);
	const rest = others.length > 0 ? 'warn' : 'pass';
	return { status: vital.length > 0 ? 'fail' : rest, unwell: [...vital, ...others] };
}

function unwell(group: string, parts: Record<string, unknown>): string[] {
	return Object.entries(parts).flatMap(([name, value]) => {
		const { data } = part.safeParse(value);
		// What is not used cannot be ill.
		return data && !data.ok && data.configured !== false ? [`${group}.${name}`] : [];
	});
}
