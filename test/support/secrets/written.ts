import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Stage } from '../stage/stage';

/** All rows of all tables, credentials too: those are encrypted. */
export async function n8nDatabase(stage: Stage): Promise<string> {
	const admin = await stage.postgres.admin('n8n');
	try {
		const { rows } = await admin.query<{ text: string }>(
			`select query_to_xml(format('select * from %I.%I', schemaname, tablename), true, true, '')::text
				as text from pg_tables where schemaname = 'public'`,
		);
		expect(rows.length).toBeGreaterThan(10);
		return rows
			.map(({ text }) => text.replaceAll('&quot;', '"').replaceAll('&amp;', '&'))
			.join('\n');
	} finally {
		await admin.end();
	}
}

/** The content of every file below a folder, by its path; of n8n's own these are also temporary ones. */
export async function filesBelow(folder: string): Promise<[string, string][]> {
	const entries = await readdir(folder, { recursive: true, withFileTypes: true });
	const paths = entries
		.filter((entry) => entry.isFile() && !/node_modules|compile-cache/.test(entry.parentPath))
		.map(({ parentPath, name }) => join(parentPath, name));
	return await Promise.all(
		paths.map(async (path): Promise<[string, string]> => [path, await readFile(path, 'utf8')]),
	);
}
