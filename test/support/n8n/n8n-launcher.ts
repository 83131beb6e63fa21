import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { freePort } from '../free-port';
import { n8nEnvironment, type N8nIdentity } from './environment';
import { runN8nCommand, startN8nProcess, type N8nProcess } from './n8n-process';

const HOST = '127.0.0.1';

/** Starts the processes of one n8n: the same folder, database and key, each with its own ports. */
export class N8nLauncher {
	constructor(
		private readonly program: string,
		private readonly identity: N8nIdentity,
	) {}

	/** Editor, API, triggers and, but in queue mode, the executions. */
	async startMain(): Promise<N8nProcess> {
		const port = new URL(this.identity.url).port;
		return await this.start(['start'], { N8N_PORT: port }, port, 'n8n.log');
	}

	/** Executes what the main process puts into the queue. */
	async startWorker(): Promise<N8nProcess> {
		const port = String(await freePort());
		const health = { QUEUE_HEALTH_CHECK_ACTIVE: 'true', QUEUE_HEALTH_CHECK_PORT: port };
		return await this.start(['worker', '--concurrency=5'], health, port, 'worker.log');
	}

	/** Runs an import command with `content` in a file that only this user can read. */
	async runImport(command: 'import:credentials' | 'import:workflow', content: unknown) {
		const { userFolder } = this.identity;
		const file = join(userFolder, `${randomBytes(6).toString('hex')}.json`);
		await writeFile(file, JSON.stringify(content), { mode: 0o600 });
		try {
			const environment = await this.environment({});
			const options = [command, `--input=${file}`];
			await runN8nCommand({ program: this.program, arguments: options, environment }, userFolder);
		} finally {
			await rm(file);
		}
	}

	private async start(
		command: string[],
		variables: Record<string, string>,
		port: string,
		log: string,
	): Promise<N8nProcess> {
		const { userFolder } = this.identity;
		const environment = await this.environment(variables);
		return await startN8nProcess(
			{ program: this.program, arguments: command, environment },
			`http://${HOST}:${port}/healthz/readiness`,
			join(userFolder, log),
			userFolder,
		);
	}

	private async environment(variables: Record<string, string>): Promise<NodeJS.ProcessEnv> {
		// Every n8n process, commands too, opens a port for its task runner.
		const brokerPort = String(await freePort());
		return { ...n8nEnvironment(this.identity), N8N_RUNNERS_BROKER_PORT: brokerPort, ...variables };
	}
}
