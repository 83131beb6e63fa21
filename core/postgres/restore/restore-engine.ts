import { ConfigurationError } from '../../errors';
import { findNativeTool, type NativeTool } from '../engines/native-tools';
import type { RestoreMode } from './preflight';

/** What puts an archive into a database. */
export type RestoreEngine = { kind: 'own' } | { kind: 'native'; tool: NativeTool };

/**
 * Chooses what restores. `auto` takes a suitable pg_restore of this machine, else our own reader; into
 * an existing database our own reader, since only that compares before it commits, and so where a part
 * has to be left out or changed. Rejects with
 * `ConfigurationError` when `native` was asked for and no pg_restore suits.
 */
export async function chooseRestoreEngine(request: {
	engine: 'auto' | 'native' | 'own';
	mode: RestoreMode;
	binariesDirectory?: string;
	/** Version of the pg_dump that wrote the archive, e.g. `18.3`. */
	dumpedBy: string;
	serverMajor: number;
	/** See `CheckedArchive`. */
	archive: { edited: boolean; textIsExact: boolean };
}): Promise<RestoreEngine> {
	const { engine, mode, serverMajor, archive } = request;
	if (engine === 'native' && archive.edited) throw takesWhole();
	const compares = mode === 'existing-database' && archive.textIsExact;
	if (engine === 'own' || (engine === 'auto' && (compares || archive.edited))) {
		return { kind: 'own' };
	}
	const tools = await findNativeTool(
		'pg_restore',
		request.binariesDirectory ? { configuredDirectory: request.binariesDirectory } : {},
	);
	const needed = oldestReader(Number.parseInt(request.dumpedBy, 10));
	const suitable = tools
		.filter(({ major }) => major >= needed && !setsUnknownTimeout(major, serverMajor))
		.sort((a, b) => Math.abs(a.major - serverMajor) - Math.abs(b.major - serverMajor));
	if (suitable[0]) return { kind: 'native', tool: suitable[0] };
	if (engine === 'auto') return { kind: 'own' };
	const found = tools.map(({ version }) => version).join(', ') || 'none';
	throw new ConfigurationError(
		`No pg_restore on this machine can restore this backup to Postgres ${serverMajor} (found: ${found}).`,
		{
			hint: `${whatSuits(needed, serverMajor)} Choose the built-in engine, which needs nothing installed.`,
		},
	);
}

function takesWhole(): ConfigurationError {
	return new ConfigurationError(
		'Parts of the backup have to be left out on this server, which pg_restore cannot do.',
		{ hint: 'Choose the built-in engine or the automatic choice.' },
	);
}

function whatSuits(needed: number, serverMajor: number): string {
	if (serverMajor >= 17) return `It needs version ${needed} or newer.`;
	if (needed < 17) return `It needs version ${needed} or newer, but older than 17.`;
	return `Only pg_restore 17 and newer can read it, and they do not work with Postgres ${serverMajor}.`;
}

/** Archive versions: 1.14 since pg_dump 12, 1.15 since 16, 1.16 since 17. Older ones read no newer. */
function oldestReader(dumpMajor: number): number {
	if (dumpMajor >= 17) return 17;
	return dumpMajor >= 16 ? 16 : 12;
}

/** Since 17 pg_restore sets `transaction_timeout`, at which servers before 17 refuse to go on. */
function setsUnknownTimeout(toolMajor: number, serverMajor: number): boolean {
	return toolMajor >= 17 && serverMajor < 17;
}
