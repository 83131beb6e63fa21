import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { listDatabases } from '../../../core/postgres/browse';
import { keptAt } from '../../../core/postgres/restore/database-names';
import { listKeptDatabases } from '../../../core/postgres/undo-swap';
import { humanTime } from '../../../core/report/words';
import { includes } from '../../shared/backup-list';
import { chosenServer } from './chosen-server';

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
