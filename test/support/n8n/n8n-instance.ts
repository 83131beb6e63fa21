import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { N8nDatabase } from './environment';
import type { InstalledN8n } from './install-n8n';
import { installPackage } from './install-package';
import { N8nClient, type Owner, type Workflow } from './n8n-client';
import { N8nLauncher } from './n8n-launcher';
import type { N8nProcess } from './n8n-process';

export interface N8nOptions {
	installed: InstalledN8n;
	/** An empty database for n8n's own tables. */
	database: N8nDatabase;
	/** The community package, as packed by npm; without it, n8n is what it is by itself. */
	packageArchive?: string;
	/** More environment variables, e.g. those of queue mode. */
	settings?: Readonly<Record<string, string>>;
	/** Gives up the start, which takes some ten seconds. */
	signal?: AbortSignal;
}

/** A credential in the clear, as `n8n import:credentials` takes it. */
export interface PlainCredential {
	id: string;
	name: string;
	type: string;
	data: Record<string, unknown>;
}

/** An n8n that is up, with the community package installed and its owner logged in. */
export class N8nInstance {
	private readonly workers: N8nProcess[] = [];

	private constructor(
		readonly owner: Owner,
		private running: { main: N8nProcess; client: N8nClient },
		private readonly launcher: N8nLauncher,
		/** All that it keeps on disk, with its temporary files. */
		readonly folder: string,
	) {}

	/** Where the editor opens, with a slash at the end; elsewhere after a crash. */
	get url(): string {
		return this.main.url;
	}

	get main(): N8nProcess {
		return this.running.main;
	}

	get client(): N8nClient {
		return this.running.client;
	}

	/**
	 * Starts n8n as its users run it: from its published package, the community package installed
	 * as the editor does, the owner made by environment variables. It talks to nobody but its
	 * database. Rejects with the end of n8n's log when it does not come up.
	 */
	static async start(options: N8nOptions): Promise<N8nInstance> {
		const folder = await mkdtemp(join(tmpdir(), 'dr-n8n-'));
		let main: N8nProcess | undefined;
		try {
			const { packageArchive, signal } = options;
			if (packageArchive !== undefined) await installPackage(packageArchive, folder, signal);
			const password = randomBytes(12).toString('base64url');
			const owner = { email: 'owner@example.com', password };
			const passwordHash = await bcrypt(options.installed, password);
			const launcher = new N8nLauncher(options.installed.program, {
				userFolder: folder,
				encryptionKey: randomBytes(24).toString('base64url'),
				database: options.database,
				owner: { email: owner.email, passwordHash },
				settings: options.settings ?? {},
			});
			main = await launcher.startMain(options.signal);
			const client = await N8nClient.logIn(main.url, owner);
			return new N8nInstance(owner, { main, client }, launcher, folder);
		} catch (error) {
			await main?.stop();
			await rm(folder, { recursive: true, force: true });
			throw error;
		}
	}

	/**
	 * Ends the main process as the kernel does when memory runs out, and nothing that it has started.
	 * Resolves with what starts it again, in the same folder and with the same database.
	 */
	async crash(): Promise<() => Promise<void>> {
		const { main, client } = this;
		await main.kill();
		return async () => {
			await main.stop();
			const next = await this.launcher.startMain();
			this.running = { main: next, client: client.at(next.url) };
		};
	}

	async importCredentials(credentials: readonly PlainCredential[]): Promise<void> {
		await this.launcher.runImport('import:credentials', credentials);
	}

	/** What was imported is not published yet. */
	async importWorkflows(workflows: readonly Workflow[]): Promise<void> {
		await this.launcher.runImport('import:workflow', workflows);
	}

	/** Every workflow file of a directory, as shipped. */
	async importWorkflowFiles(directory: string): Promise<void> {
		await this.launcher.run('import:workflow', '--separate', `--input=${directory}`);
	}

	/** Queue mode only: a worker beside the main process, ended with it. */
	async startWorker(): Promise<N8nProcess> {
		const worker = await this.launcher.startWorker();
		this.workers.push(worker);
		return worker;
	}

	/** Ends it and removes its folder; its database stays. Safe to call twice. */
	async stop(): Promise<void> {
		await Promise.all([...this.workers, this.main].map(async (one) => await one.stop()));
		await rm(this.folder, { recursive: true, force: true });
	}
}

/** n8n wants the owner's password hashed; its own library does that, so that it fits. */
async function bcrypt({ directory }: InstalledN8n, password: string): Promise<string> {
	const load = createRequire(join(directory, 'node_modules/n8n/package.json'));
	const library = load('bcryptjs') as { hash(text: string, rounds: number): Promise<string> };
	return await library.hash(password, 10);
}
