import { lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'n8n-dr-ca-';
/** Programs read it as they connect, which they give up after seconds: then nobody needs it. */
const NEEDED_FOR_MS = 60 * 60_000;

/** A file with certificates of authorities, for programs that take them from nowhere else. */
export interface CaFile {
	readonly path: string;
	dispose(): void;
}

/**
 * Writes it where nobody else can change it, and removes what runs have left that were killed. At once,
 * and not in the background: a dump starts without waiting, and this is a few hundred kilobytes at most.
 */
export function writeCaFile(certificates: readonly string[], parent = tmpdir()): CaFile {
	sweep(parent);
	const directory = mkdtempSync(join(parent, PREFIX));
	const path = join(directory, 'ca.pem');
	writeFileSync(path, certificates.join('\n'), { mode: 0o600 });
	return { path, dispose: () => rmSync(directory, { recursive: true, force: true }) };
}

/** What cannot be looked at or removed stays: it is no business of this run. */
function sweep(parent: string): void {
	for (const name of unlessRefused(() => readdirSync(parent)) ?? []) {
		const path = join(parent, name);
		if (!name.startsWith(PREFIX) || !unlessRefused(() => isAbandoned(path))) continue;
		unlessRefused(() => rmSync(path, { recursive: true, force: true }));
	}
}

function isAbandoned(path: string): boolean {
	const entry = lstatSync(path);
	const isOurs = entry.isDirectory() && entry.uid === (process.getuid?.() ?? entry.uid);
	return isOurs && Date.now() - entry.mtimeMs > NEEDED_FOR_MS;
}

function unlessRefused<T>(act: () => T): T | undefined {
	try {
		return act();
	} catch {
		return undefined;
	}
}
