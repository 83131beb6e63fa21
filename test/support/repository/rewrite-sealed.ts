import { readFileSync, writeFileSync } from 'node:fs';
import { sealedJson } from '../../../core/repository/sealed-json';

/** Changes a sealed file into one that somebody could have written so: its seal is intact. */
export function rewriteSealed(file: string, change: (facts: Record<string, unknown>) => void) {
	const { sealSha256, ...facts } = JSON.parse(readFileSync(file, 'utf8'));
	change(facts);
	writeFileSync(file, sealedJson(facts));
}
