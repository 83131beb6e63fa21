import type { Surroundings } from '../command';

/** Prints a result: its sentences, or with `--json` all of it as one JSON text. */
export function printResult<Result extends { readonly warnings: readonly string[] }>(
	{ print, tell }: Surroundings,
	{ json = false }: { json?: boolean | undefined },
	result: Result,
	sentences: readonly string[],
): void {
	if (json) {
		print(JSON.stringify(result));
		return;
	}
	for (const line of sentences) print(line);
	for (const warning of result.warnings) tell(`Note: ${warning}`);
}
