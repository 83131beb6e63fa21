import { VERIFICATION_LEVELS } from '../../core/repository/keys';
import { choiceWarnings } from '../../core/repository/choose-backup';
import { humanAge, humanBytes, humanDuration, humanTime } from '../../core/report/words';
import type { ChosenToRestore } from './chosen';

const LABEL_WIDTH = 10;

/** What a restore is about to do. */
export interface Intention {
	/** Where to, and as whom. */
	readonly into: string;
	/** What becomes of what is there. */
	readonly meanwhile: readonly string[];
	/** Of what the changes since the backup are lost; nothing where there is nothing to lose. */
	readonly lostFrom?: string;
}

/** The summary that a person reads before the name is typed, as lines. */
export function summaryOf(
	{ chosen, manifest }: Pick<ChosenToRestore, 'chosen' | 'manifest'>,
	{ into, meanwhile, lostFrom }: Intention,
	now = new Date(),
): string[] {
	const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
	const { raw, stored } = manifest.payload;
	const at = new Date(manifest.consistencyPoint);
	const level = VERIFICATION_LEVELS.findLast((one) => chosen.verified.includes(one));
	const age = humanDuration(Math.max(0, now.getTime() - at.getTime()) / 1000);
	const lost =
		lostFrom === undefined
			? 'nothing: there is nothing yet'
			: `what was written to ${lostFrom} since then: ${age}`;
	return [
		line('Backup', manifest.id),
		line('Made', `${humanTime(at, timeZone)}, ${humanAge(at, now)}`),
		line('Verified', level ?? 'NOT VERIFIED: nobody knows yet whether it can be restored'),
		line('Size', `${humanBytes(stored.bytes)}, unpacked ${humanBytes(raw.bytes)}`),
		line('Into', into),
		line('Lost', lost),
		...meanwhile.map((text, index) => line(index === 0 ? 'What' : '', text)),
		...[...choiceWarnings(chosen), ...manifest.warnings].map((text) => line('Note', text)),
	];
}

function line(label: string, text: string): string {
	return `${label.padEnd(LABEL_WIDTH)}${text}`;
}
