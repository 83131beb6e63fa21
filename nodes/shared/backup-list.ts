import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { type CatalogueEntry, listBackups } from '../../core/repository/catalogue';
import { openRepository } from '../../core/repository/repository';
import type { VerificationLevel } from '../../core/repository/verification';
import { BACKUP_REPOSITORY, readRepositorySettings } from './credentials';
import { humanAge, humanBytes } from '../../core/report/words';

const PAGE = 100;
const EXTRACTED = { extractValue: true };
const BEST_FIRST: readonly VerificationLevel[] = ['smoke', 'restored', 'readable', 'stored'];

type ListSearch = (
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
) => Promise<INodeListSearchResult>;

/**
 * The method `searchBackups` of a node that makes backups of `component`; without one, the component is
 * that of the field `component`.
 */
export function searchBackupsOf(component?: string): ListSearch {
	return async function (filter, paginationToken) {
		const repository = openRepository(
			readRepositorySettings(await this.getCredentials(BACKUP_REPOSITORY)),
		);
		const of = component ?? chosenComponent(this);
		const { backups } = await listBackups(repository, of === '' ? {} : { component: of });
		const found = backups.filter(({ committed, id }) => committed && includes(id, filter));
		const start = Number(paginationToken ?? 0);
		const end = start + PAGE;
		return {
			results: found.slice(start, end).map((entry) => ({ name: label(entry), value: entry.id })),
			...(end < found.length && { paginationToken: String(end) }),
		};
	};
}

/** Empty where none is chosen yet. To be asked for only where the field is shown: n8n throws otherwise. */
function chosenComponent(context: ILoadOptionsFunctions): string {
	const field = context.getCurrentNodeParameter('component', EXTRACTED);
	return typeof field === 'string' ? field : '';
}

/** The components that the repository holds backups of. */
export const searchComponents: ListSearch = async function (filter) {
	const repository = openRepository(
		readRepositorySettings(await this.getCredentials(BACKUP_REPOSITORY)),
	);
	const { backups } = await listBackups(repository);
	const names = backups.flatMap(({ committed, component }) => (committed ? [component] : []));
	const found = [...new Set(names)].filter((name) => includes(name, filter)).sort();
	return { results: found.map((name) => ({ name, value: name })) };
};

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
