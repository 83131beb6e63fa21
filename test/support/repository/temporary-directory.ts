import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new directory for every test of the file, removed after it. */
export function useTemporaryDirectory(): { readonly path: string } {
	let path = '';
	beforeEach(() => {
		path = mkdtempSync(join(tmpdir(), 'dr-repository-'));
	});
	afterEach(() => rmSync(path, { recursive: true, force: true }));
	return {
		get path() {
			return path;
		},
	};
}
