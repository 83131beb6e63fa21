import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { S3StoreSettings } from '../../core/repository/stores/s3/settings';

/** An S3 bucket on the loopback interface. */
export interface S3Process {
	readonly settings: S3StoreSettings;
	stop(): Promise<void>;
}

/** Starts `s3-process.ts` with the loader that runs this program. */
export async function startS3Process(): Promise<S3Process> {
	const child = spawn(process.execPath, [...process.execArgv, join(__dirname, 's3-process.ts')], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	const ended = once(child, 'exit');
	const early = ended.then(([code]) => {
		throw new Error(`The S3 server did not start (exit code ${code}).`);
	});
	const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), early]);
	early.catch(() => undefined);
	return {
		settings: { ...(JSON.parse(line) as S3StoreSettings), forcePathStyle: true },
		stop: async () => {
			child.stdin.end();
			await ended;
		},
	};
}
