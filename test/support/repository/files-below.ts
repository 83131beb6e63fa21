import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Every file and folder below `root`, hidden and unfinished ones too, sorted. */
export function everythingBelow(root: string): string[] {
	return readdirSync(root, { recursive: true, withFileTypes: true })
		.map((entry) => relative(root, join(entry.parentPath, entry.name)))
		.sort();
}

/** The path of the only payload below `root`. */
export function payloadBelow(root: string): string {
	const payloads = everythingBelow(root).filter((path) => /-[0-9a-f]{12}\.dump[^/]*$/.test(path));
	expect(payloads).toHaveLength(1);
	return join(root, payloads[0] ?? '');
}
