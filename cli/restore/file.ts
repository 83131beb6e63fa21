import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fetchToPath } from '../../core/files/fetch-file';
import { COMPONENT } from '../../core/files/newest-file';
import { humanBytes, humanDuration } from '../../core/report/words';
import { RESTORE_CHOICE } from '../../core/repository/choose-backup';
import { parseOptions, required } from '../arguments';
import { choiceOptions, choiceUsage } from '../backup/choice';
import { keyOptions, keyUsage } from '../backup/key';
import { locationOptions, locationUsage } from '../backup/location';
import type { Surroundings } from '../command';
import { printResult } from '../console/result';
import { EXIT } from '../exit-code';
import { chooseToRestore } from './chosen';
import { confirm, confirmOptions, confirmUsage, requireConsent } from './confirm';
import { type Intention, summaryOf } from './summary';

export const usage = `restore file <where the backups are> --to <path>

  Brings a file back, once every byte of it was verified; only you can read it then (mode 600). A file
  that is there is kept beside it.

  --to <path>            where it goes; the folder has to exist. Its last part is the name to type

${choiceUsage(RESTORE_CHOICE)}

${locationUsage}

${keyUsage}

${confirmUsage}

  Example:
  npx n8n-nodes-disaster-recovery restore file --s3-bucket mrdj-backups --to /opt/mrdj/managed.env`;

const options = {
	...{ ...locationOptions, ...keyOptions, ...choiceOptions, ...confirmOptions },
	to: { type: 'string' },
} as const;

/** Rejects as `chooseToRestore`, `confirm` and `fetchToPath` do. */
export async function run(args: string[], surroundings: Surroundings): Promise<number> {
	const values = parseOptions(args, options);
	const path = await withoutLinks(required(values.to, 'to', '/opt/mrdj/managed.env'));
	requireConsent(values, surroundings);
	const signal = surroundings.cancellation();
	const found = await chooseToRestore(values, { component: COMPONENT }, surroundings, signal);
	await confirm(basename(path), summaryOf(found, await intend(path)), values, surroundings);
	const { chosen, repository, manifest } = found;
	const { result, store, warnings } = await fetchToPath(
		{ repository, backup: chosen.backup, path, keepReplaced: true },
		signal,
	);
	const { state, keptAs } = result;
	const { bytes, sha256 } = manifest.payload.raw;
	const facts = {
		...{ backupId: manifest.id, consistencyPoint: manifest.consistencyPoint },
		...{ path, state, ...(keptAs !== undefined && { keptAs }), bytes, sha256, store, warnings },
	};
	printResult(surroundings, values, facts, [
		state === 'unchanged'
			? `${path} has the content of ${manifest.id} already, and was left alone.`
			: `Restored ${path} from ${manifest.id}: ${humanBytes(bytes)}, every byte verified.`,
		`The content is ${humanDuration(chosen.ageMs / 1000)} old.`,
		...(keptAs === undefined ? [] : [`To go back: the file of before is ${keptAs}`]),
	]);
	return EXIT.done;
}

/** A folder that does not exist is told of when the file is placed. */
async function withoutLinks(given: string): Promise<string> {
	const path = resolve(given);
	const folder = dirname(path);
	return join(await realpath(folder).catch(() => folder), basename(path));
}

async function intend(path: string): Promise<Intention> {
	const isThere = await lstat(path).then(
		() => true,
		() => false,
	);
	if (!isThere) return { into: path, meanwhile: ['The file is made new.'] };
	return {
		into: path,
		lostFrom: basename(path),
		meanwhile: ['The file that is there is kept beside it, with .before- and the time.'],
	};
}
