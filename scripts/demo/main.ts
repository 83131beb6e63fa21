/**
 * `npm run demo`: a real n8n runs the whole backup side of the plan, loses a real Postgres and a real
 * Redis, and gets them back. Stays until Ctrl-C, so that one can look around in the editor; with
 * `--exit` it ends at once. Exit code 0: every backup is proved, and every row and key is what it was;
 * 1: it is not, or something failed; 130: stopped before the end.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';

import { setStage, type Stage } from '../../test/support/stage/stage';
import { Progress } from './progress';
import { assertNothingRefused } from './refusals';
import { keepReport } from './report-file';
import { invitation, isWhole, report } from './report';
import { playStory } from './story';

const EXIT_STOPPED = 130;

async function main(): Promise<number> {
	const { values: flags } = parseArgs({ options: { exit: { type: 'boolean', default: false } } });
	const { signal } = stopOnSignals();
	const progress = new Progress();
	let stage: Stage | undefined;
	try {
		stage = await setStage({ step: progress.step, report: progress.note, signal });
		const outcome = await playStory(stage, progress, signal);
		assertNothingRefused(stage);
		console.log(`\n${report(outcome)}\n`);
		console.log(`  The report that was mailed: ${await keepReport(stage.mail)}\n`);
		if (!flags.exit) {
			console.log(`${invitation(stage.n8n)}\n\n  Ctrl-C stops everything and removes it.`);
			await once(signal, 'abort');
		}
		return isWhole(outcome) ? 0 : 1;
	} catch (error) {
		if (signal.aborted) return EXIT_STOPPED;
		console.error(`\nThe demo failed: ${(error as Error).message}`);
		if (stage) console.error(`\nThe end of n8n's log:\n${await stage.n8n.main.logTail()}`);
		return 1;
	} finally {
		await stage?.clear();
	}
}

function stopOnSignals(): AbortController {
	const controller = new AbortController();
	for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.on(name, () => {
			if (!controller.signal.aborted) console.log('\n  Stopping …');
			controller.abort();
		});
	}
	return controller;
}

void main().then((exitCode) => {
	process.exitCode = exitCode;
});
