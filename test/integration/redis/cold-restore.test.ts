import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually';
import { freePort } from '../../support/free-port';
import { startRedis } from '../../support/redis-server';
import { digestOf, fillRichly } from './rich-data';
import { SnapshotBench } from './snapshot-bench';

const run = promisify(execFile);
const PASSWORD = 'cold-restore';

let bench: SnapshotBench;

beforeAll(async () => {
	bench = await SnapshotBench.open();
});
afterAll(() => bench.remove());

it('brings the data back with the lines of the manifest, although the append-only file is on', async () => {
	const source = await startRedis();
	const admin = source.admin();
	const target = await ColdServer.install(join(bench.directory, 'data'));
	try {
		await fillRichly(admin, 300);
		const manifest = await bench.create(source.server(), {
			repository: { ...bench.repository, encryption: { kind: 'none' } },
		});
		await target.start();
		await target.client.set('of before', 'the restore');
		const folder = join(bench.directory, 'repository', 'redis', manifest.name, manifest.id);
		const script = manifest.howToRestore
			.map((line) => line.replace('REDISCLI_AUTH=...', `REDISCLI_AUTH=${PASSWORD}`))
			.map((line) => line.replace(/DATA=\S+ CONF=\S+/, `DATA=${target.data} CONF=${target.file}`))
			.map((line) => line.replaceAll('redis-cli ', `redis-cli -p ${target.port} `));
		const split = script.findIndex((line) => line.includes('PING'));
		await run('sh', ['-c', script.slice(0, split).join('\n')], { cwd: folder });
		await target.reconnect();
		expect(await digestOf(target.client)).toBe(await digestOf(admin));
		await run('sh', ['-c', script.slice(split).join('\n')], {
			env: { ...process.env, REDISCLI_AUTH: PASSWORD },
		});
		await eventually(async () => {
			const info = await target.client.info('persistence');
			expect(info).toMatch(/aof_rewrite_in_progress:0[^]*aof_rewrite_scheduled:0/);
			expect(info).toContain('aof_enabled:1');
		});
		// The ordinary way, which reads nothing but the append-only file.
		await target.stop();
		await target.start();
		expect(await target.client.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
		expect(await digestOf(target.client)).toBe(await digestOf(admin));
		expect(await readdir(target.data)).toContain('appendonlydir.before');
	} finally {
		await target.stop();
		admin.disconnect();
		await source.stop();
	}
});

/** A server as a package installs it: a configuration file, data of its own, `appendonly yes`. */
class ColdServer {
	client = new Redis({ lazyConnect: true });

	private constructor(
		readonly data: string,
		readonly file: string,
		readonly port: number,
	) {}

	static async install(data: string): Promise<ColdServer> {
		await mkdir(data);
		const port = await freePort();
		const file = `${data}.conf`;
		const settings = [
			...['bind 127.0.0.1', `port ${port}`, `dir ${data}`, `requirepass ${PASSWORD}`],
			...['appendonly yes', 'enable-debug-command yes', `pidfile ${data}.pid`],
		];
		await writeFile(file, `${settings.join('\n')}\n`);
		return new ColdServer(data, file, port);
	}

	async start(): Promise<void> {
		const child = spawn('redis-server', [this.file, '--daemonize', 'yes'], { stdio: 'ignore' });
		await once(child, 'exit');
		await this.reconnect();
	}

	async reconnect(): Promise<void> {
		this.client.disconnect();
		await eventually(async () => {
			this.client = new Redis({
				...{ port: this.port, password: PASSWORD, lazyConnect: true, retryStrategy: null },
			});
			this.client.on('error', () => undefined);
			await this.client.connect();
			expect(await this.client.ping()).toBe('PONG');
		});
	}

	async stop(): Promise<void> {
		await this.client.call('SHUTDOWN', 'NOSAVE').catch(() => undefined);
		this.client.disconnect();
		await eventually(async () => {
			const gone = await run('redis-cli', ['-p', `${this.port}`, 'PING']).catch(() => undefined);
			expect(gone).toBeUndefined();
		});
		await rm(`${this.data}.pid`, { force: true });
	}
}
