/**
 * `npm run bench:memory`: how peak memory grows from a database of 100 MB to one of 1 GB.
 *
 * Options: `--small MB`, `--large MB`, `--json`. Exit code 1 where it grows by more than 15 %.
 */
import { parseArgs } from 'node:util';
import { measureMemory, type MemoryReport } from './memory';

const GOAL = 1.15;

async function main(signal: AbortSignal): Promise<void> {
	const { values } = parseArgs({
		options: {
			small: { type: 'string', default: '100' },
			large: { type: 'string', default: '1000' },
			json: { type: 'boolean', default: false },
		},
	});
	const report = await measureMemory({
		smallMegabytes: Number(values.small),
		largeMegabytes: Number(values.large),
		signal,
		onRun: (megabytes, key) => process.stderr.write(`${megabytes} MB: ${key}\n`),
	});
	console.log(values.json ? JSON.stringify(report) : tableOf(report));
	if (Object.values(report.worst).some((ratio) => !(ratio <= GOAL))) process.exitCode = 1;
}

function tableOf({ growths }: MemoryReport): string {
	const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`.padStart(8);
	return growths
		.map(({ key, smallBytes, largeBytes, ratio }) =>
			[key.padEnd(30), megabytes(smallBytes), megabytes(largeBytes), ratio.toFixed(2)].join('  '),
		)
		.join('\n');
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());

main(stop.signal).catch((error: unknown) => {
	console.error(stop.signal.aborted ? 'Stopped.' : (error as Error).message);
	process.exitCode = 1;
});
