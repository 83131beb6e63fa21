import { counted, humanBytes } from '../../core/report/words';
import type { Item } from '../../test/support/n8n/n8n-client';
import type { N8nInstance } from '../../test/support/n8n/n8n-instance';
import type { BackupSide } from './backup-side';
import { compare, type Comparison } from './compare';
import type { Outcome } from './story';
import { count, seconds, table } from './table';

const PROOFS = ['readable', 'restored'];

/** True when every backup was at least read back, and every row, definition and key is what it was. */
export function isWhole({ before, after, backupSide }: Outcome): boolean {
	const { isDatabaseSame, isRedisSame } = compare(before, after);
	const areProved = backupSide.backups.every(({ verified }) => PROOFS.includes(verified));
	return isDatabaseSame && isRedisSame && areProved;
}

/** The story on one page: what was backed up, what was lost, and what came back. */
export function report(outcome: Outcome): string {
	const { before, wrecked, after, backupSide } = outcome;
	const lost = compare(before, wrecked);
	const restored = compare(before, after);
	return [
		backupsOf(outcome),
		runsOf(backupSide),
		tablesOf(lost, restored),
		...restored.definitions,
		postgresReport(outcome, restored),
		redisReport(outcome, restored),
	].join('\n\n');
}

function backupsOf({ backupSide, struckAt }: Outcome): string {
	const heading = ['newest backup', 'raw', 'stored', 'copies', 'proved', 'before the disaster'];
	const lines = backupSide.backups.map((one) => [
		`${one.component} ${one.id}`,
		...[humanBytes(one.rawBytes), humanBytes(one.storedBytes)],
		...[String(one.copies), one.verified, seconds(+struckAt - +one.consistencyPoint)],
	]);
	return table([heading, ...lines]);
}

function runsOf({ runs, filesInGit, test, report: { headline } }: BackupSide): string {
	return table([
		...runs.map(({ name, ms }) => [name, seconds(ms)]),
		['n8n in Git', counted(filesInGit, 'file')],
		['Test restores', partsOf(test)],
		['In the report', String(headline)],
	]);
}

function partsOf({ parts }: Item): string {
	return (parts as Item[])
		.filter(({ outcome }) => outcome === 'passed')
		.map(({ part, seconds: taken }) => `${String(part)} in ${String(taken)} s`)
		.join(', ');
}

function postgresReport(outcome: Outcome, restored: Comparison): string {
	const { item, ms } = outcome.postgres;
	const rows = restored.tables.reduce((sum, one) => sum + one.rows, 0);
	return table([
		['Database restored from', String(item['backupId'])],
		['Recovery point (RPA)', recoveryPoint(item, outcome)],
		['Recovery time (RTA)', `${seconds(ms)} from the click to the restored database`],
		['Set aside, not deleted', String(item['keptDatabase'])],
		['Compared row by row', `${restored.tables.length} tables, ${count(rows)} rows`],
		['Result', restored.isDatabaseSame ? 'identical' : 'DIFFERENT, see above'],
	]);
}

function redisReport(outcome: Outcome, restored: Comparison): string {
	const { item, ms } = outcome.redis;
	const [keys, left] = [outcome.before, outcome.wrecked].map(({ redis }) => count(redis.count));
	return table([
		['Redis restored from', String(item['backupId'])],
		['Recovery point (RPA)', recoveryPoint(item, outcome)],
		['Recovery time (RTA)', `${seconds(ms)} from the click to the restored server`],
		['Backed up before that', String(item['safetySnapshot'] ?? 'nothing was left')],
		['Compared key by key', `${keys} keys; ${left} were left by the disaster`],
		['Result', restored.isRedisSame ? 'identical' : 'DIFFERENT'],
	]);
}

/** The work that is gone: since the instant that the restored backup represents. */
function recoveryPoint({ backupId }: Item, { backupSide, struckAt }: Outcome): string {
	const restored = backupSide.backups.find(({ id }) => id === backupId);
	if (!restored) throw new Error(`The restored backup ${String(backupId)} is not the newest one.`);
	return `${seconds(+struckAt - +restored.consistencyPoint)} before the disaster`;
}

/** Where to look around, for as long as the demo stays. */
export function invitation({ url, owner }: N8nInstance): string {
	return table([
		['Editor', url],
		['E-mail', owner.email],
		['Password', owner.password],
	]);
}

function tablesOf(lost: Comparison, restored: Comparison): string {
	const heading = ['table', 'rows', 'after the disaster', 'after the restore'];
	const lines = restored.tables.map((after) => {
		const wrecked = lost.tables.find(({ table: name }) => name === after.table);
		return [after.table, count(after.rows), wrecked ? changes(wrecked) : '', changes(after)];
	});
	return table([heading, ...lines]);
}

function changes(difference: { missing: number; changed: number; added: number }): string {
	const parts = (['missing', 'changed', 'added'] as const)
		.filter((kind) => difference[kind] > 0)
		.map((kind) => `${count(difference[kind])} ${kind}`);
	return parts.join(', ') || 'identical';
}
