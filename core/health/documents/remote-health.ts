import { Absent, type ObservedText } from '../observation';
import { showText } from '../show';
import { readHealthJson } from './health-json';
import { readPlatform } from './platform';
import type { RemoteHealth } from './remote-status';
import { readSpring } from './spring';

const MOST_NAMES = 10;
const LONGEST_NAME = 40;

/**
 * Reads a health document, of which kind it is is seen from its fields. Nothing when it is none of
 * them. The text says the status and names the parts that are not well.
 */
export function readRemoteHealth(
	document: ObservedText,
): { status: RemoteHealth['status']; text: string } | undefined {
	const parsed = document.json;
	if (parsed instanceof Absent) return undefined;
	const { json } = parsed;
	// The platform's comes first: its own status is "ok" whatever its parts say.
	const health = readPlatform(json) ?? readSpring(json) ?? readHealthJson(json);
	if (!health) return undefined;
	const names = health.unwell.slice(0, MOST_NAMES).map((name) => showText(name, LONGEST_NAME));
	const more =
		health.unwell.length > MOST_NAMES ? [`and ${health.unwell.length - MOST_NAMES} more`] : [];
	const parts = names.length > 0 ? ` (not well: ${[...names, ...more].join(', ')})` : '';
	return { status: health.status, text: `its health document says ${health.status}${parts}` };
}
