import type { PostgresServer } from '../../core/postgres/connection';

/** The command that brings a replaced database back; paste it into a shell. */
export function undoLine(
	{ host, port, user, database }: Pick<PostgresServer, 'host' | 'port' | 'user' | 'database'>,
	keptDatabase: string,
): string {
	const words = [
		...['npx', 'n8n-nodes-disaster-recovery', 'undo', 'postgres'],
		...['--host', host, '--port', String(port), '--user', user],
		...['--database', database, '--kept-database', keptDatabase],
	];
	return words.map(quoted).join(' ');
}

function quoted(word: string): string {
	return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
