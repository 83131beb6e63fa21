import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { type CatalogueEntry, listBackups } from '../../core/repository/catalogue';
import { openRepository } from '../../core/repository/repository';
import type { VerificationLevel } from '../../core/repository/verification';
import { BACKUP_REPOSITORY, readRepositorySettings } from './credentials';
import { humanAge, humanBytes } from './human';

const PAGE = 100;
const BEST_FIRST: readonly VerificationLevel[] = ['smoke', 'restored', 'readable', 'stored'];

type ListSearch = (
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
) => Promise<INodeListSearchResult>;

/** The method `searchBackups` of a node that makes backups of `component`. */
export function searchBackupsOf(component: string): ListSearch {
	return async function (filter, paginationToken) {
		const repository = openRepository(
			readRepositorySettings(await this.getCredentials(BACKUP_REPOSITORY)),
		);
		const { backups } = await listBackups(repository, { component });
		const found = backups.filter(({ committed, id }) => committed && includes(id, filter));
		const start = Number(paginationToken ?? 0);
		const end = start + PAGE;
		return {
			results: found.slice(start, end).map((entry) => ({ name: label(entry), value: entry.id })),
			...(end < found.length && { paginationToken: String(end) }),
		};
	};
}

/** Whether a name fits what somebody has typed into the search. */
export function includes(name: string, filter = ''): boolean {
	return name.toLowerCase().includes(filter.toLowerCase());
}

/** The panel shows about 50 characters of it. */
function label({ id, consistencyPoint, storedBytes, verifications }: CatalogueEntry): string {
	const passed = new Set(verifications.map(({ level }) => level));
	const best = BEST_FIRST.find((level) => passed.has(level)) ?? 'not verified';
	return [id, humanAge(consistencyPoint), best, humanBytes(storedBytes)].join(', ');
}
