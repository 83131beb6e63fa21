import type { Exclusion } from '../../core/postgres/restore-test/restore-test';
import { verifyDump } from '../../core/postgres/verify-dump';
import { verifySnapshot } from '../../core/redis/verify-snapshot';
import { counted, humanBytes, humanDuration } from '../../core/report/words';
import { type BackupRef, readManifest } from '../../core/repository/catalogue';
import { choiceWarnings, VERIFY_CHOICE } from '../../core/repository/choose-backup';
import { isComponent } from '../../core/repository/naming';
import type { Repository } from '../../core/repository/repository';
import { requirePassed } from '../../core/repository/require-passed';
import { verifyBackup } from '../../core/repository/verify-backup';
import { watchReads } from '../../core/repository/watch-reads';
import { oneOf, parseOptions, takeWord } from '../arguments';
import { choiceOptions, choiceUsage, chooseBy } from '../backup/choice';
import { keyOptions, keyUsage, unlock } from '../backup/key';
import { locationOptions, locationUsage, openAt } from '../backup/location';
import type { Surroundings } from '../command';
import { readingProgress } from '../console/progress';
import { printResult } from '../console/result';
import { EXIT } from '../exit-code';
import { UsageError } from '../usage-error';

const LEVELS = ['stored', 'readable', 'restored'] as const;
type Level = (typeof LEVELS)[number];

export const usage = `verify postgres | redis | file | … <where the backups are>

  Proves that a backup is whole, and records the proof beside it. One whole copy is enough: what is
  wrong with the others is told.

  --level <level>       stored: its bytes are those that were written; needs no passphrase
                        readable (default): it opens, and holds what was counted
                        restored: it was restored for a test; Postgres, and Redis where this machine
                        has a redis-server. What the test could not hold is named
  --json                the result as JSON on standard output

${choiceUsage(VERIFY_CHOICE)}

${locationUsage}

${keyUsage}

  Example:
  npx n8n-nodes-disaster-recovery verify postgres --s3-bucket mrdj-backups`;

const options = {
	...{ ...locationOptions, ...keyOptions, ...choiceOptions },
	level: { type: 'string' },
	json: { type: 'boolean' },
} as const;

/** Rejects with `IntegrityError` for a backup that did not pass, and as what verifies it does. */
export async function run(args: string[], surroundings: Surroundings): Promise<number> {
	const [component, rest] = takeWord(args);
	const values = parseOptions(rest, options);
	const level = oneOf(values.level, 'level', LEVELS) ?? 'readable';
	requireSense(component, level);
	const signal = surroundings.cancellation();
	const shut = await openAt(values, surroundings, { kind: 'none' });
	const chosen = await chooseBy(shut, values, { component }, VERIFY_CHOICE, signal);
	const { backup } = chosen;
	const manifest = await readManifest(shut, backup, signal);
	const open =
		level === 'stored' ? shut : await unlock(shut, backup, manifest, values, surroundings, signal);
	const { bytes } = manifest.payload.stored;
	const repository = watchReads(open, readingProgress(surroundings, bytes));
	const proof = await verify(repository, backup, level, signal);
	requirePassed(backup, proof.problems);
	const result = {
		...proof,
		consistencyPoint: chosen.consistencyPoint.toISOString(),
		warnings: [...choiceWarnings(chosen), ...proof.warnings],
	};
	const { exclusions = [] } = proof.restoreTest ?? {};
	printResult(surroundings, values, result, [
		`${backup.id} passed${exclusions.length > 0 ? ' with exclusions' : ''}: ${level}. Read ${humanBytes(proof.bytes)} in ${humanDuration(proof.durationMs / 1000)}.`,
		...contentsOf(proof),
		...exclusions.map(exclusionLine),
		`Its data are ${humanDuration(chosen.ageMs / 1000)} old. Proved in ${proof.verifiedIn.join(', ')}.`,
	]);
	return EXIT.done;
}

function requireSense(component: string | undefined, level: Level): asserts component is string {
	if (component === undefined || !isComponent(component)) {
		throw new UsageError('It is not said of what a backup is to be verified.', {
			hint: 'Say it behind the command: verify postgres, verify redis, verify file and so on.',
		});
	}
	if (level !== 'restored' || component === 'postgres' || component === 'redis') return;
	throw new UsageError(`Backups of ${component} have no restore test.`, {
		hint: 'Choose --level readable.',
	});
}

interface Proof {
	readonly problems: readonly string[];
	readonly warnings: readonly string[];
	readonly bytes: number;
	readonly durationMs: number;
	readonly verifiedIn: readonly string[];
	readonly tables?: number;
	readonly rows?: number;
	readonly keys?: number;
	readonly restoreTest?: { readonly exclusions?: readonly Exclusion[] };
}

async function verify(
	repository: Repository,
	backup: BackupRef,
	level: Level,
	signal: AbortSignal,
): Promise<Proof> {
	const input = { repository, backup, oneCopyIsEnough: true };
	if (backup.component === 'postgres') return await verifyDump({ ...input, level }, { signal });
	if (backup.component === 'redis') return await verifySnapshot({ ...input, level }, { signal });
	const proof = level === 'stored' ? level : 'readable';
	return await verifyBackup({ ...input, level: proof, repair: false }, { signal });
}

function contentsOf({ tables, rows, keys }: Proof): string[] {
	if (tables !== undefined && rows !== undefined) {
		return [`It holds ${counted(tables, 'table')} with ${counted(rows, 'row')}.`];
	}
	return keys === undefined ? [] : [`It holds ${counted(keys, 'key')}.`];
}

function exclusionLine({ object, reason, dependents }: Exclusion): string {
	const others = dependents.length > 0 ? `, nor what needs it: ${dependents.join(', ')}` : '';
	return `NOT proved: ${object}${others}. ${reason}`;
}
