import { ConfigurationError } from '../../errors';
import { embeddedEngine } from './embedded';
import type { DumpEngine } from './engine';
import { nativeEngine } from './native';
import { findNativeTool, type NativeTool } from './native-tools';

export type EngineChoice = 'auto' | 'native' | 'embedded';

/**
 * The engine for a server of `serverMajor`. A pg_dump older than the server refuses it, one that is
 * newer may use what an equally old pg_restore does not know: so the same version comes first, then
 * the next newer one, then the embedded one. Throws `ConfigurationError` where none can do it.
 */
export async function selectEngine(
	choice: EngineChoice,
	serverMajor: number,
	binariesDirectory?: string,
): Promise<DumpEngine> {
	const embedded = embeddedEngine();
	if (choice === 'embedded') {
		if (embedded.major >= serverMajor) return embedded;
		throw tooOld(serverMajor, `The embedded pg_dump is version ${embedded.version}.`);
	}
	const tools = await findNativeTool('pg_dump', { configuredDirectory: binariesDirectory });
	const tool = closest(tools, serverMajor);
	if (tool) return nativeEngine(tool);
	const found = describe(tools, binariesDirectory);
	if (choice === 'native') throw tooOld(serverMajor, found);
	if (embedded.major >= serverMajor) return embedded;
	throw tooOld(serverMajor, `The embedded pg_dump is version ${embedded.version}. ${found}`);
}

/** The tool of the smallest major version that is not older than the server. */
export function closest(tools: readonly NativeTool[], serverMajor: number): NativeTool | undefined {
	return tools
		.filter(({ major }) => major >= serverMajor)
		.reduce<NativeTool | undefined>(
			(best, tool) => (best && best.major <= tool.major ? best : tool),
			undefined,
		);
}

function describe(tools: readonly NativeTool[], directory?: string): string {
	const where = directory ? 'in the configured folder' : 'on this machine';
	if (tools.length === 0) return `No pg_dump was found ${where}.`;
	const versions = [...new Set(tools.map(({ version }) => version))].join(', ');
	return `Found ${where}: pg_dump ${versions}.`;
}

function tooOld(serverMajor: number, found: string): ConfigurationError {
	return new ConfigurationError(
		`No pg_dump is at hand that can read a Postgres ${serverMajor} server. ${found}`,
		{
			hint: `Install the PostgreSQL client programs of version ${serverMajor} or newer and give their folder in the options, or choose the automatic engine.`,
		},
	);
}
