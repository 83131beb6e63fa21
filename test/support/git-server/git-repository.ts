import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A bare repository, as the people see it who have the server. */
export class GitRepository {
	private constructor(readonly folder: string) {}

	static async create(folder: string): Promise<GitRepository> {
		await mkdir(folder);
		const repository = new GitRepository(folder);
		await repository.git('init', '--quiet', '--bare', '.');
		await repository.git('config', 'http.receivepack', 'true');
		return repository;
	}

	/** Paths in the newest commit of a branch. */
	async files(branch: string): Promise<string[]> {
		const listed = await this.git('ls-tree', '-r', '-z', '--name-only', branch);
		return listed.split('\0').filter((path) => path !== '');
	}

	async content(branch: string, path: string): Promise<string> {
		return await this.git('cat-file', 'blob', `${branch}:${path}`);
	}

	/** Subjects of all commits of a branch, the newest first; none where there is no such branch. */
	async subjects(branch: string): Promise<string[]> {
		const listed = await this.git('log', '--format=%s', branch, '--').catch(() => '');
		return listed.split('\n').filter((line) => line !== '');
	}

	/** What somebody else pushes: one file, upon what is there. */
	async commitFile(branch: string, path: string, content: string): Promise<void> {
		const ref = `refs/heads/${branch}`;
		const tip = await this.git('rev-parse', '--verify', '--quiet', ref).catch(() => '');
		const lines = [
			`commit ${ref}\ncommitter Somebody <somebody@example.com> 1700000000 +0000\n`,
			`data ${Buffer.byteLength(path)}\n${path}\n`,
			...(tip === '' ? [] : [`from ${tip.trim()}\n`]),
			`M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\ndone\n`,
		];
		const importing = run('git', ['fast-import', '--quiet', '--done'], { cwd: this.folder });
		importing.child.stdin?.end(lines.join(''));
		await importing;
	}

	async git(...args: string[]): Promise<string> {
		const { stdout } = await run('git', args, { cwd: this.folder, maxBuffer: 64 * 1024 * 1024 });
		return stdout;
	}
}
