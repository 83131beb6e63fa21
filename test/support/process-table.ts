import { readdir, readFile, readlink } from 'node:fs/promises';

/** The processes below `pid`, at any depth, as `<pid> <command line>`. Linux only. */
export async function descendants(pid: number): Promise<string[]> {
	const parents = new Map<number, number>();
	for (const entry of await readdir('/proc')) {
		const stat = /^\d+$/.test(entry) && (await readIfThere(`/proc/${entry}/stat`));
		// The name, in parentheses, may hold anything; the parent is the second field behind it.
		if (stat) parents.set(Number(entry), Number(stat.split(') ').at(-1)?.split(' ')[1]));
	}
	const found = new Set([pid]);
	for (let size = 0; size !== found.size;) {
		size = found.size;
		for (const [child, parent] of parents) if (found.has(parent)) found.add(child);
	}
	found.delete(pid);
	return await Promise.all([...found].map(async (child) => `${child} ${await commandLine(child)}`));
}

/** How many TCP connections this process has open to a local port. Linux only. */
export async function connectionsTo(port: number, pid: number): Promise<number> {
	const table = (await readFile(`/proc/${pid}/net/tcp`, 'utf8')).trim().split('\n').slice(1);
	const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
	const inodes = table
		.map((line) => line.trim().split(/\s+/))
		.filter((fields) => fields[2]?.endsWith(remote))
		.map((fields) => `socket:[${fields[9]}]`);
	const open = await openFiles(pid);
	return open.filter((file) => inodes.includes(file)).length;
}

/** What a process has open: paths, sockets, pipes. Linux only. */
export async function openFiles(pid: number): Promise<string[]> {
	const folder = `/proc/${pid}/fd`;
	return await Promise.all(
		(await readdir(folder)).map(async (fd) => await readlink(`${folder}/${fd}`).catch(() => '')),
	);
}

/** Programs of this user that have one of these in their environment, `NAME=value`. Linux only. */
export async function programsWith(variables: readonly string[]): Promise<string[]> {
	const found: string[] = [];
	for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
		const environment = (await readIfThere(`/proc/${pid}/environ`))?.split('\0') ?? [];
		const isOne = variables.some((variable) => environment.includes(variable));
		if (isOne) found.push(`${pid} ${await commandLine(Number(pid))}`);
	}
	return found;
}

/** The worker threads of this process; Node lists them among no resources. Linux only. */
export async function workerThreads(): Promise<string[]> {
	const tasks = await readdir('/proc/self/task');
	const names = await Promise.all(tasks.map((task) => readIfThere(`/proc/self/task/${task}/comm`)));
	return names.flatMap((name) => (name?.trim() === 'WorkerThread' ? ['WorkerThread'] : []));
}

async function commandLine(pid: number): Promise<string> {
	return ((await readIfThere(`/proc/${pid}/cmdline`)) ?? '').split('\0').join(' ').trim();
}

async function readIfThere(path: string): Promise<string | undefined> {
	return await readFile(path, 'utf8').catch(() => undefined);
}
