import type { ArchiveToc, TocEntry } from '../archive/toc';
import { dropStatement } from './entry-drop';
import { largeObjectIds, ownerStatements } from './entry-owner';
import { withoutServerMarks } from './server-marks';
import { PRIVILEGES, privilegeStatements } from './entry-privileges';
import { rolesServed, servingOnly } from './roles-served';
import { StorageSettings, type StorageTarget } from './storage-settings';

export interface PlanOptions {
	readonly owners: boolean;
	readonly privileges: boolean;
	/** Drop what the archive is about to create. */
	readonly clean: boolean;
	readonly adaptation?: PlanAdaptation;
	readonly target: StorageTarget & {
		/** Roles of the server; policies and user mappings are for those alone. Left out: for all. */
		readonly roles?: ReadonlySet<string>;
	};
}

/** How a plan departs from its archive, by ids of entries. */
export interface PlanAdaptation {
	/** Entries that are not restored; who lists one lists what depends on it too. */
	readonly leaveOut: ReadonlySet<number>;
	/** Definitions to use instead of those in the archive. */
	readonly definitions: ReadonlyMap<number, string>;
}

/** An entry and the SQL that brings it back; its rows, if it has any, go in behind that. */
export interface PlannedEntry {
	readonly entry: TocEntry;
	readonly statements: readonly string[];
	/** Its owner, or its grants; what they are about is there without them. */
	readonly rights: readonly string[];
}

export interface RestorePlan {
	/** Session settings, before the transaction. */
	readonly settings: readonly string[];
	readonly drops: readonly PlannedEntry[];
	/** In the order of the archive, so that its data arrives when its turn comes. */
	readonly main: readonly PlannedEntry[];
	/** What must wait until all else is there. */
	readonly last: readonly PlannedEntry[];
	/** Plain language: what is left out. */
	readonly warnings: readonly string[];
}

const ATTACHED = new Set(['COMMENT', 'SECURITY LABEL', 'ACL']);
/** Told to the session at its start, or belonging to the database itself. */
const NOT_OBJECTS = new Set([
	'ENCODING',
	'STDSTRINGS',
	'SEARCHPATH',
	'DATABASE',
	'DATABASE PROPERTIES',
]);
const DEFAULT_COMMENT = "COMMENT ON SCHEMA public IS 'standard public schema';";

/**
 * Turns a table of contents into the SQL of a restore, in pg_restore's three passes: everything in
 * file order; privileges; then event triggers, which would fire during the rest, and the data of
 * materialized views, which needs those privileges.
 */
export function planRestore(toc: ArchiveToc, options: PlanOptions): RestorePlan {
	const warnings = new Set<string>();
	const wanted = toc.entries.filter((entry) => isWanted(entry, options, warnings));
	const byId = new Map(toc.entries.map((entry) => [entry.id, entry]));
	const storage = new StorageSettings(options.target, warnings);
	const plan = (pass: number): PlannedEntry[] =>
		wanted
			.filter((entry) => passOf(entry) === pass)
			.map((entry) => ({
				entry,
				statements: [
					...storage.before(entry),
					...createStatements(entry, options, warnings),
					...storage.after(entry),
				],
				rights: PRIVILEGES.has(entry.kind)
					? privilegeStatements(entry, byId)
					: options.owners
						? ownerStatements(entry)
						: [],
			}));
	const [main, ...last] = [plan(1), plan(2), plan(3)];
	return {
		settings: sessionSettings(toc, options.target.serverVersion),
		drops: options.clean ? drops(wanted) : [],
		main,
		last: last.flat(),
		warnings: [...warnings],
	};
}

function passOf(entry: TocEntry): number {
	if (PRIVILEGES.has(entry.kind)) return 2;
	if (['EVENT TRIGGER', 'MATERIALIZED VIEW DATA', 'STATISTICS DATA'].includes(entry.kind)) return 3;
	return ATTACHED.has(entry.kind) && entry.tag.startsWith('EVENT TRIGGER ') ? 3 : 1;
}

function isWanted(entry: TocEntry, options: PlanOptions, warnings: Set<string>): boolean {
	const { kind, tag, id } = entry;
	if (options.adaptation?.leaveOut.has(id)) return false;
	if (NOT_OBJECTS.has(kind)) return false;
	if (ATTACHED.has(kind) && /^(DATABASE|SUBSCRIPTION) /.test(tag)) return false;
	if (kind.startsWith('SUBSCRIPTION')) {
		warnings.add(
			`Subscription ${tag} was left out: a restored copy must not start to replicate by itself.`,
		);
		return false;
	}
	// Every database has this schema from the start, and only its owner may comment on it.
	if (kind === 'COMMENT' && entry.definition?.trim() === DEFAULT_COMMENT) return false;
	// Its functions came with Postgres 18; ANALYZE does the same for older servers.
	if (kind === 'STATISTICS DATA') return options.target.serverVersion >= 180000;
	return options.privileges || !PRIVILEGES.has(kind);
}

function createStatements(entry: TocEntry, options: PlanOptions, warnings: Set<string>): string[] {
	if (entry.kind === 'BLOB METADATA') {
		return largeObjectIds(entry).map((oid) => `SELECT pg_catalog.lo_create(${oid})`);
	}
	// Created with every database; where the archive names it, that is for its owner or privileges.
	if (entry.kind === 'SCHEMA' && entry.tag === 'public') return [];
	const { adaptation, target } = options;
	const definition = adaptation?.definitions.get(entry.id) ?? entry.definition;
	if (!definition?.trim() || PRIVILEGES.has(entry.kind)) return [];
	const exists = (role: string) => target.roles?.has(role) ?? true;
	const strangers = rolesServed(entry).filter((role) => !exists(role));
	if (strangers.length === 0) return [withoutServerMarks(definition)];
	warnings.add(
		`${sentenceCase(entry.kind)} ${entry.tag} is not for ${strangers.join(', ')} any more: the server has no such role.`,
	);
	return servingOnly(entry, exists);
}

/** `USER MAPPING` → `User mapping` */
function sentenceCase(kind: string): string {
	return kind.charAt(0) + kind.slice(1).toLowerCase();
}

function drops(entries: readonly TocEntry[]): PlannedEntry[] {
	return entries
		.toReversed()
		.map((entry) => ({ entry, statement: dropStatement(entry) }))
		.flatMap(({ entry, statement }) =>
			statement ? [{ entry, statements: [statement], rights: [] }] : [],
		);
}

function sessionSettings(toc: ArchiveToc, serverVersion: number): string[] {
	const fromArchive = (kind: string) =>
		toc.entries.flatMap((entry) => (entry.kind === kind ? [entry.definition ?? ''] : []));
	return [
		'SET statement_timeout = 0',
		'SET lock_timeout = 0',
		'SET idle_in_transaction_session_timeout = 0',
		...(serverVersion >= 170000 ? ['SET transaction_timeout = 0'] : []),
		...fromArchive('STDSTRINGS'),
		...fromArchive('SEARCHPATH'),
		'SET check_function_bodies = false',
		'SET xmloption = content',
		'SET client_min_messages = warning',
		'SET row_security = off',
		'SET default_transaction_read_only = off',
	];
}
