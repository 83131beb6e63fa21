import type { ArchiveToc, TocEntry } from '../../archive/toc';
import type { PlanAdaptation } from '../../restore/restore-plan';
import { type LeftOut, leaveOut, type Unfit } from '../left-out';
import { unfitAnywhere } from '../unfit-anywhere';
import { isBundled, toLoad } from './bundled-extensions';
import { collationStatements } from './collations';

/** How an archive has to be changed so that the test database can hold it. */
export interface Adapted extends PlanAdaptation {
	readonly leftOut: LeftOut;
	/** Extensions that the database has to be started with. */
	readonly extensions: readonly string[];
	/** To be run before the restore. */
	readonly collations: readonly string[];
	/** Sentences about what was done to make it fit, and so was not tested as it is. */
	readonly warnings: readonly string[];
}

const ROUTINES = new Set(['FUNCTION', 'PROCEDURE']);
/** The test database is built with the compression of Postgres itself alone. */
const OTHER_COMPRESSION =
	/^ALTER TABLE ONLY .+ ALTER COLUMN .+ SET COMPRESSION (?!pglz;)\w+;$\n?/gm;

/** @param rowsOf rows that the backup counted, by `keyOf` */
export function adaptToPglite(toc: ArchiveToc, rowsOf: ReadonlyMap<string, number>): Adapted {
	const { entries } = toc;
	const unfit = [...unfitAnywhere(entries), ...entries.flatMap(unfitHere)];
	const leftOut = leaveOut(entries, unfit, rowsOf);
	const definitions = withoutCompression(entries);
	const collations = collationStatements(entries);
	return {
		leaveOut: leftOut.ids,
		definitions,
		leftOut,
		collations,
		extensions: toLoad(entries.flatMap(({ kind, tag }) => (kind === 'EXTENSION' ? tag : []))),
		warnings:
			definitions.size === 0
				? []
				: [
						`The compression that ${definitions.size === 1 ? 'one table asks' : `${definitions.size} tables ask`} for was not tested: the test database has only the one of Postgres itself.`,
					],
	};
}

function unfitHere(entry: TocEntry): Unfit[] {
	const reason = reasonAgainst(entry);
	return reason === undefined ? [] : [{ entry, reason }];
}

function reasonAgainst({ kind, tag, definition }: TocEntry): string | undefined {
	if (kind === 'EXTENSION' && !isBundled(tag)) return 'The test database does not have it.';
	if (kind === 'PROCEDURAL LANGUAGE' && tag !== 'plpgsql') {
		return 'The test database does not have this language.';
	}
	// The first one stands before the body, which may hold anything.
	const [, language] = /\n {4}LANGUAGE (\S+)/.exec(definition ?? '') ?? [];
	if (ROUTINES.has(kind) && language === 'c') {
		return 'It is in a library of the server, which is not part of a dump.';
	}
	return undefined;
}

function withoutCompression(entries: readonly TocEntry[]): Map<number, string> {
	const changed = new Map<number, string>();
	for (const { id, definition } of entries) {
		if (!definition?.includes(' SET COMPRESSION ')) continue;
		const without = definition.replace(OTHER_COMPRESSION, '');
		if (without !== definition) changed.set(id, without);
	}
	return changed;
}
