import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { freePort } from '../free-port';
import { n8nEnvironment, type N8nIdentity } from './environment';
import { runN8nCommand, startN8nProcess, type N8nProcess } from './n8n-process';

const HOST = '127.0.0.1';
const START_ATTEMPTS = 3;

/** Starts the processes of one n8n: the same folder, database and key, each with its own ports. */
export class N8nLauncher {
	constructor(
		private readonly program: string,
		private readonly identity: N8nIdentity,
	) {}

	/** Editor, API, triggers and, but in queue mode, the executions. */
	async startMain(signal?: AbortSignal): Promise<N8nProcess> {
		return await this.start('n8n.log', ['start'], signal);
	}

	/** Executes what the main process puts into the queue. */
	async startWorker(): Promise<N8nProcess> {
		return await this.start('worker.log', ['worker', '--concurrency=5']);
	}

	/** Runs an import command with `content` in a file that only this user can read. */
	async runImport(
		command: 'import:credentials' | 'import:workflow',
		content: unknown,
	): Promise<void> {
		const file = join(this.identity.userFolder, `${randomBytes(6).toString('hex')}.json`);
		await writeFile(file, JSON.stringify(content), { mode: 0o600 });
		try {
			await this.run(command, `--input=${file}`);
		} finally {
			await rm(file);
		}
	}

	/** Runs one of n8n's commands to its end. */
	async run(...command: string[]): Promise<void> {
		const environment = await this.environment({});
		await runN8nCommand(
			{ program: this.program, arguments: command, environment },
			this.identity.userFolder,
		);
	}

	private async start(
		log: string,
		command: readonly string[],
		signal?: AbortSignal,
	): Promise<N8nProcess> {
		const { userFolder } = this.identity;
		for (let attempt = 1; ; attempt++) {
			const port = String(await freePort());
			const url = `http://${HOST}:${port}/`;
			const variables = {
				N8N_PORT: port,
				N8N_WEBHOOK_URL: url,
				QUEUE_HEALTH_CHECK_ACTIVE: 'true',
				QUEUE_HEALTH_CHECK_PORT: port,
			};
			const environment = await this.environment(variables);
			const started = { program: this.program, arguments: command, environment };
			const logFile = join(userFolder, log);
			try {
				return await startN8nProcess(started, url, logFile, userFolder, signal);
			} catch (error) {
				// Another process can be given the same port between our looking and n8n's binding.
				const isTaken = /already in use|EADDRINUSE/.test((error as Error).message);
				if (!isTaken || attempt === START_ATTEMPTS) throw error;
			}
		}
	}

	private async environment(variables: Record<string, string>): Promise<NodeJS.ProcessEnv> {
		// Every n8n process, commands too, opens a port for its task runner.
		const brokerPort = String(await freePort());
		return { ...n8nEnvironment(this.identity), N8N_RUNNERS_BROKER_PORT: brokerPort, ...variables };
	}
}
