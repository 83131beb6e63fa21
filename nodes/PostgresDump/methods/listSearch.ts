import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { listDatabases } from '../../../core/postgres/browse';
import { keptAt } from '../../../core/postgres/restore/database-names';
import { listKeptDatabases } from '../../../core/postgres/undo-swap';
import { type CatalogueEntry, listBackups } from '../../../core/repository/catalogue';
import { openRepository } from '../../../core/repository/repository';
import type { VerificationLevel } from '../../../core/repository/verification';
import { BACKUP_REPOSITORY, readRepositorySettings } from '../../shared/credentials';
import { humanAge, humanBytes, humanTime } from '../../shared/human';
import { chosenServer } from './chosen-server';

const PAGE = 100;
const BEST_FIRST: readonly VerificationLevel[] = ['smoke', 'restored', 'readable', 'stored'];

export async function searchDatabases(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const databases = await listDatabases(await chosenServer(this));
	return { results: matching(databases, filter).map((name) => ({ name, value: name })) };
}

export async function searchKeptDatabases(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const server = await chosenServer(this);
	const kept = await listKeptDatabases({ server, database: server.database });
	const timeZone = this.getTimezone();
	return {
		results: matching(kept, filter).map((name) => ({
			name: keptLabel(name, timeZone),
			value: name,
		})),
	};
}

export async function searchBackups(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const repository = openRepository(
		readRepositorySettings(await this.getCredentials(BACKUP_REPOSITORY)),
	);
	const { backups } = await listBackups(repository, { component: 'postgres' });
	const found = backups.filter(({ committed, id }) => committed && includes(id, filter));
	const start = Number(paginationToken ?? 0);
	const end = start + PAGE;
	return {
		results: found.slice(start, end).map((entry) => ({ name: label(entry), value: entry.id })),
		...(end < found.length && { paginationToken: String(end) }),
	};
}

/** The panel shows about 50 characters of it. */
function label({ id, consistencyPoint, storedBytes, verifications }: CatalogueEntry): string {
	const passed = new Set(verifications.map(({ level }) => level));
	const best = BEST_FIRST.find((level) => passed.has(level)) ?? 'not verified';
	return [id, humanAge(consistencyPoint), best, humanBytes(storedBytes)].join(', ');
}

/**
 * The time in the name is UTC, which is not what people in an incident reckon with. No age: the panel
 * goes on showing the label of the day when it was chosen.
 */
function keptLabel(name: string, timeZone: string): string {
	const at = keptAt(name);
	return at ? `${name}, ${humanTime(at, timeZone)}` : name;
}

function matching(names: string[], filter?: string): string[] {
	return names.filter((name) => includes(name, filter));
}

function includes(name: string, filter = ''): boolean {
	return name.toLowerCase().includes(filter.toLowerCase());
}
