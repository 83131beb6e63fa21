import type { Check } from '../../../core/health/check';
import { checkOnce } from '../../../core/health/check-once';
import type { HealthDocument, HealthDocumentCheck } from '../../../core/health/document';
import { HTTP, probeHttp } from '../../../core/health/probes/http';
import {
	type HttpFields,
	readHttpSettings,
	showUrl,
} from '../../../core/health/probes/http/settings';

type Conditions = Partial<Pick<Check, 'fail' | 'name' | 'timeoutMs' | 'warn'>>;

const ROOM_MS = 30_000;

/** A check of a web page, as the node makes it. */
export function httpCheck(fields: HttpFields, conditions: Conditions = {}): Check {
	const settings = readHttpSettings(fields);
	return {
		...{ kind: HTTP, name: 'Page', target: showUrl(settings.url), fail: [], warn: [] },
		...{ timeoutMs: ROOM_MS, probe: (signal) => probeHttp(settings, signal) },
		...conditions,
	};
}

/** Any other check, of a target without a name. */
export function checkOf(
	kind: Check['kind'],
	probe: Check['probe'],
	conditions: Conditions = {},
): Check {
	const target = 'test://target';
	return {
		...{ kind, probe, target, name: 'Target', fail: [], warn: [], timeoutMs: ROOM_MS },
		...conditions,
	};
}

/** Runs one check without retries. */
export async function seenBy(
	check: Check,
): Promise<HealthDocumentCheck & { document: HealthDocument }> {
	const document = await checkOnce([check], { parallel: 1, retries: 0 });
	const [[one] = []] = Object.values(document.checks);
	return { ...one!, document };
}
