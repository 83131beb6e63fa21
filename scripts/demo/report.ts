import type { RestoreTestReport } from '../../core/postgres/restore-test/restore-test';
import type { Item } from '../../test/support/n8n/n8n-client';
import type { N8nInstance } from '../../test/support/n8n/n8n-instance';
import type { RedisOutcome } from './redis-story';
import type { Outcome } from './story';

/** True when every row, every definition and every key is what it was. */
export function isIdentical(outcome: Outcome): boolean {
	return isDatabaseIdentical(outcome) && outcome.redis.isIdentical;
}

function isDatabaseIdentical({ afterRestore, differentDefinitions }: Outcome): boolean {
	const differences = afterRestore.filter(
		({ missing, changed, added }) => missing + changed + added > 0,
	);
	return differences.length === 0 && differentDefinitions.length === 0;
}

/** The story in one table, and below it what every table went through. */
export function report(outcome: Outcome): string {
	const { backup, proof, restore, afterRestore } = outcome;
	const rows = afterRestore.reduce((sum, table) => sum + table.rows, 0);
	const facts = table([
		['Backup', String(backup['backupId'])],
		['Kept in', [backup['storedIn']].flat().join(', ')],
		['Size', `${megabytes(backup['rawBytes'])} raw, ${megabytes(backup['storedBytes'])} stored`],
		['Restore test', restoreTest(proof)],
		['Time to back up and test', seconds(outcome.backupMs)],
		['Recovery point (RPA)', `${seconds(outcome.lostMs)} before the disaster`],
		[
			'Recovery time (RTA)',
			`${seconds(outcome.restoreMs)} from the click to the restored database`,
		],
		['Set aside, not deleted', String(restore['keptDatabase'])],
		['Compared row by row', `${afterRestore.length} tables, ${count(rows)} rows`],
		['Result', isDatabaseIdentical(outcome) ? 'identical' : 'DIFFERENT, see below'],
	]);
	return [
		facts,
		tablesOf(outcome),
		...outcome.differentDefinitions,
		redisReport(outcome.redis),
	].join('\n\n');
}

function redisReport({ backup, restore, ...seen }: RedisOutcome): string {
	const kept = restore['safetySnapshot'] ?? 'nothing was left';
	return table([
		['Redis backup', String(backup['backupId'])],
		['Taken by', `${String(backup['method'])}, ${String(backup['consistency'])}`],
		['Size', `${megabytes(backup['rawBytes'])} raw, ${megabytes(backup['storedBytes'])} stored`],
		['Keys', `${count(seen.keys)}, ${count(seen.keysAfterDisaster)} after the disaster`],
		['Restored by', String(restore['method'])],
		['Recovery time (RTA)', `${seconds(seen.restoreMs)} from the click to the restored server`],
		['Backed up before that', String(kept)],
		['Result', seen.isIdentical ? 'identical' : 'DIFFERENT'],
	]);
}

function restoreTest({ outcome, restoreTest: report }: Item): string {
	const { ranOn, tables, objects } = report as unknown as RestoreTestReport;
	return `${String(outcome)} in ${ranOn}: ${tables} tables, ${objects} objects compared`;
}

/** Where to look around, for as long as the demo stays. */
export function invitation({ url, owner }: N8nInstance): string {
	return table([
		['Editor', url],
		['E-mail', owner.email],
		['Password', owner.password],
	]);
}

function tablesOf({ disaster, afterRestore }: Outcome): string {
	const heading = ['table', 'rows', 'after the disaster', 'after the restore'];
	const lines = afterRestore.map((after) => {
		const wrecked = disaster.find(({ table: name }) => name === after.table);
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

function table(lines: string[][]): string {
	const columns = lines[0]?.map((_, column) =>
		Math.max(...lines.map((line) => line[column]?.length ?? 0)),
	);
	return lines
		.map((line) => line.map((cell, column) => cell.padEnd(columns?.[column] ?? 0)).join('   '))
		.map((line) => `  ${line.trimEnd()}`)
		.join('\n');
}

function seconds(milliseconds: number): string {
	return `${(milliseconds / 1000).toFixed(1)} s`;
}

function megabytes(bytes: unknown): string {
	return `${(Number(bytes) / 1e6).toFixed(1)} MB`;
}

function count(number: number): string {
	return number.toLocaleString('en-GB');
}
