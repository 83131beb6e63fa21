import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { withClient, type OwnedDatabase } from '../../test/support/stage/owned-database';

/** Some 310,000 rows of a booking platform, the same at each run. */
export async function fill(database: OwnedDatabase): Promise<void> {
	await runFile(database, 'sample-database.sql');
}

/** Drops, empties and mangles tables of it. */
export async function strike(database: OwnedDatabase): Promise<void> {
	await runFile(database, 'disaster.sql');
}

async function runFile(database: OwnedDatabase, file: string): Promise<void> {
	const statements = await readFile(join(__dirname, file), 'utf8');
	await withClient(database, async (client) => await client.query(statements));
}
